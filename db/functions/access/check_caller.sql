-- The first act of a definer function that anybody may call.
create or replace function onethread.check_caller(p_business_id bigint, p_function text)
returns void
language plpgsql
stable
as $$
begin
  if not onethread.is_callers_business(p_business_id, p_function) then
    raise exception 'there is no business %', p_business_id
      using errcode = 'no_data_found',
        hint = 'Or it is not yours: see business_member, or onethread.business_id for onethread_app. '
          'The role of the session itself needs the right to call the function.';
  end if;
end;
$$;

comment on function onethread.check_caller(bigint, text) is
  'Raises P0002 unless is_callers_business(): the same for a business that does not exist and for '
  'one of somebody else.';
