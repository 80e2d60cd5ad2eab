-- By which of its identifiers is a message linked?
--
-- By an account, if it names one: an account is one person's for good, a phone only for a time.
-- A loop, because a query over an array of two would take longer than all else here.
create or replace function onethread.main_address(p_addresses onethread.whatsapp_address[])
returns onethread.whatsapp_address
language plpgsql
immutable
parallel safe
as $$
declare
  v_main onethread.whatsapp_address := p_addresses[1];
  v_best int := 9;
  v_address onethread.whatsapp_address;
  v_rank int;
begin
  foreach v_address in array p_addresses loop
    v_rank := case when v_address.kind in ('lid', 'bsuid')
      then onethread.identifier_rank(v_address.kind, v_address.scope) end;
    if v_rank < v_best then
      v_main := v_address;
      v_best := v_rank;
    end if;
  end loop;
  return v_main;
end;
$$;

comment on function onethread.main_address(onethread.whatsapp_address[]) is
  'The first account among the addresses (bsuid, parent bsuid, lid), else the first address.';
