import json

from tokcomp_cli.cli.settings import config_path


def lines(page: str) -> dict[str, tuple[str, str]]:
    found = {}
    for line in page.splitlines():
        setting, source = line.rsplit("#", 1)
        key, value = setting.lstrip("# ").split("=", 1)
        found[key.strip()] = (value.strip(), source.strip())
    return found


def test_option_beats_environment_beats_config_beats_default(tokcomp, monkeypatch, tmp_path):
    config = tmp_path / "mine.toml"
    config.write_text(
        'budget = "10%"\nspatial = "pool"\nlayers = 24\nquery-extra = 1\n'.replace("query-extra = 1\n", "")
    )
    monkeypatch.setenv("TOKCOMP_BUDGET", "20%")
    monkeypatch.setenv("TOKCOMP_SPATIAL", "random")
    monkeypatch.setenv("TOKCOMP_NO_SUCH_THING", "1")
    found = lines(tokcomp("analyze", "--config", config, "--budget", "30%", "--print-config").out)
    assert found["budget"] == ('"30%"', "option")
    assert found["spatial"] == ('"random"', "environment")
    assert found["layers"] == ("24", "config")
    assert found["seed"] == ("0", "default")


def test_what_is_printed_is_a_config_file(tokcomp, tmp_path):
    config = tmp_path / "printed.toml"
    config.write_text(tokcomp("analyze", "--budget", "33", "--print-config").out)
    assert lines(tokcomp("analyze", "--config", config, "--print-config").out)["budget"] == ('"33"', "config")


def test_a_file_in_the_working_folder_is_not_read(tokcomp, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("config.toml", "tokcomp.toml", ".tokcomp.toml"):
        (tmp_path / name).write_text('spatial = "random"\n')
    assert lines(tokcomp("analyze", "--print-config").out)["spatial"] == ("ward", "default")


def test_write_config_keeps_what_was_given_and_nothing_is_written_without_it(tokcomp, samples):
    tokcomp("analyze", samples / "coffee.png", "--encoder", "handcrafted", "--layers", "8")
    assert not config_path().exists()
    assert tokcomp("analyze", "--encoder", "handcrafted", "--write-config").code == 0
    assert tokcomp("budget", "--target", "0.8", "--write-config").code == 0
    assert config_path().read_text() == 'encoder = "handcrafted"\ntarget = 0.8\n'
    found = json.loads(tokcomp("analyze", samples / "coffee.png", "--json").out)
    assert found["encoder"]["name"] == "handcrafted"


def test_write_config_does_not_keep_what_a_file_may_not_say(tokcomp):
    for given in (
        ("--offline",),
        ("--encoder", "clip:local-dir:/mine"),
        ("--encoder", "clip:ViT-B-32//x.pt@openai"),
    ):
        ended = tokcomp("analyze", *given, "--write-config")
        assert ended.code == 2
        assert "no file may set it" in ended.err


def test_config_files_that_hold_what_they_should_not(tokcomp, tmp_path):
    config = tmp_path / "bad.toml"
    for text, word in [
        ("budgett = 3\n", "did you mean 'budget'"),
        ('encoder = "clip:local-dir:/evil"\n', "may only be an option"),
        ("offline = false\n", "may only be an option"),
        ("[budget]\nx = 1\n", "must be a string"),
        ("budget = \n", "no TOML"),
    ]:
        config.write_text(text)
        ended = tokcomp("analyze", "x.png", "--config", config)
        assert ended.code == 2, text
        assert word in ended.err
    assert "cannot read" in tokcomp("analyze", "x.png", "--config", tmp_path / "gone.toml").err


def test_quiet_may_stand_in_the_config_file(tokcomp, samples, tmp_path):
    config = tmp_path / "mine.toml"
    config.write_text("quiet = true\n")
    ended = tokcomp("analyze", samples / "coffee.png", "--config", config)
    assert (ended.code, ended.err) == (0, "")


def test_a_device_as_config_is_refused_and_not_read_without_end(tokcomp):
    ended = tokcomp("analyze", "x.png", "--config", "/dev/zero")
    assert ended.code == 2
    assert "longer than 1,048,576 bytes" in ended.err


def test_what_cannot_be_done_is_not_kept(tokcomp):
    ended = tokcomp("analyze", "--budget", "nonsense", "--write-config")
    assert ended.code == 2
    assert "--budget takes" in ended.err
    assert not config_path().exists()
