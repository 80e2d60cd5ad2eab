"""Turns libphonenumber's metadata into db/functions/phone: a tool of a checkout, not in the wheel.

    python -m phone_generator            write the generated files
    python -m phone_generator --check    exit 1, naming the files that are not up to date

The numbering plans come from the installed `phonenumbers` package, the character classes from
Unicode 14, whatever the running Python has. What the tables hold is in the generated files:
neither is needed at run time.

    digit_language.py   a regular expression over digits -> the numbers it matches, as intervals
    metadata.py         phonenumbers' metadata -> numbering plans made of such intervals
    prefixes.py         national and international prefixes -> one of a few simple kinds of rule
    characters.py       libphonenumber's classes of characters -> explicit code points
    sql_text.py         Python values -> SQL literals that stay within 100 columns
    render.py           all of it -> the text of the files, from the templates beside it
    files.py            these texts in db/functions/phone: out of date or not, and writing them
"""
