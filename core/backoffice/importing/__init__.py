"""Files in and out: upload, check, difference, import; export in the shape that can be imported again.

`files` reads what was uploaded and guards against what is no table, `cells` turns values into cells and back,
`resource` says what a noun's columns mean, `checking` holds one row against a form, `runs` moves a file along
(small ones within the request, large ones by a worker's turns in `working`; `states` is where it stands), `mixin`
gives the noun's admin its buttons, `pages` shows a run. What is written goes through the noun's services.
"""
