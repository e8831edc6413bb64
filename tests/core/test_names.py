from tokcomp_cli.core.names import printable


def test_printable_is_one_line_and_keeps_letters():
    assert printable("çà 日本 [/red].mp4") == "çà 日本 [/red].mp4"
    assert printable("a\nb\x1b[31m\udcff") == "a\\nb\\x1b[31m\\xff"
