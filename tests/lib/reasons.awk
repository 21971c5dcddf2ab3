# What a reader needs of a failed stage's log: each failure with its reasons, the lines of `#` below it. Lines of `#`
# between the test before and a failure belong to the failure too: what happened on the way to it.
#
# A log may hold TAP-like lines, Criterion's (whose reasons go before), rows of `rushproof selftest`, and reports of
# sanitizers.

function show(line) {
    print substr(line, 1, 300)
}

/^not ok|\[FAIL\]|\[CRASH\]|NOT AS EXPECTED|Sanitizer:|runtime error:/ {
    show($0)
    for (i = 0; i < before; i++)
        show(way[i])
    before = 0
    failed = 1
    reasons = 20
    next
}
/\[----\]/ {
    show($0)
    next
}
/^#/ {
    if (failed && reasons-- > 0)
        show($0)
    else if (!failed && before < 12)
        way[before++] = $0
    next
}
{
    failed = before = 0
}
