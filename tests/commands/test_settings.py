import json

import pytest

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
    assert lines(tokcomp("analyze", "--print-config").out)["spatial"] == ("saliency-ward", "default")


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
        ('spatial = "learned:/evil.safetensors"\n', "may only be an option"),
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


@pytest.mark.parametrize("command", ["analyze", "budget", "compare", "ask", "batch"])
def test_every_setting_has_a_value_and_a_source(tokcomp, command):
    found = lines(tokcomp(command, "--print-config").out)
    assert all(value for value, _ in found.values())
    assert {source for _, source in found.values()} == {"default"}
    assert found["threshold"][0] == "the encoder's"


def test_a_time_limit_of_a_batch_is_not_that_of_the_decoder(tokcomp, monkeypatch):
    monkeypatch.setenv("TOKCOMP_TIMEOUT", "7")
    found = lines(tokcomp("batch", "--print-config").out)
    assert found["timeout"] == ("7.0", "environment")
    assert found["decode-timeout"] == ("60.0", "default")
    assert "timeout" not in lines(tokcomp("analyze", "--print-config").out)


@pytest.mark.parametrize("command", ["analyze", "budget", "ask", "batch"])
@pytest.mark.parametrize("keep", ["fastv", "pyramiddrop", "1,0.5,0.5,0.25"])
def test_all_commands_read_the_same_schedules(tokcomp, monkeypatch, command, keep):
    monkeypatch.setenv("TOKCOMP_LAYER_KEEP", keep)
    ended = tokcomp(command, "--seed", "3", "--write-config")  # checks all settings first
    assert ended.code == 0
    assert config_path().read_text() == "seed = 3\n"


@pytest.mark.parametrize(
    ("keep", "share", "last"), [("fastv", [1, 0.5, 0.5, 0.5], 25), ("pyramiddrop", [1, 0.5, 0.25, 0.125], 6)]
)
def test_a_published_schedule_in_an_analysis(tokcomp, samples, keep, share, last):
    command = ("analyze", samples / "coffee.png", "--encoder", "handcrafted", "--budget", 49)
    found = tokcomp(*command, "--layer-keep", keep, "--json").document
    assert found["plan"]["layer_keep"] == keep
    assert found["layers"]["keep"] == share
    assert found["tokens"]["last_layer"] == found["layers"]["tokens"][-1] == last
    assert found["layers"]["tokens"][:2] == [49, 49]


@pytest.mark.parametrize("source", ["environment", "config"])
def test_ask_leaves_a_target_to_other_commands_and_says_so(tokcomp, monkeypatch, tmp_path, source):
    more = []
    if source == "environment":
        monkeypatch.setenv("TOKCOMP_BUDGET", "target=0.9")
    else:
        (tmp_path / "mine.toml").write_text('budget = "target=0.9"\n')
        more = ["--config", tmp_path / "mine.toml"]
    ended = tokcomp("ask", *more, "--print-config")
    assert lines(ended.out)["budget"] == ('"25%"', "default")
    assert ended.err.count("\n") == 1
    assert source in ended.err
    assert tokcomp("ask", *more, "--quiet", "--print-config").err == ""
    assert lines(tokcomp("analyze", *more, "--print-config").out)["budget"] == ('"target=0.9"', source)
    assert lines(tokcomp("ask", *more, "--budget", 9, "--print-config").out)["budget"] == ('"9"', "option")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('fps = "abc"', "--fps takes a number of frames a second, or native; got 'abc'"),
        ('difficulty = "hard"', "--difficulty takes note, measured, or"),
        ('max-frames = "x"', "--max-frames takes a whole number; got 'x'"),
    ],
)
def test_a_wrong_value_in_a_config_file_is_told_as_one(line, words, tokcomp, samples, tmp_path):
    config = tmp_path / "wrong.toml"
    config.write_text(line + "\n")
    ended = tokcomp("analyze", samples / "coffee.png", "--config", config)
    assert ended.code == 2
    assert ended.err.startswith(f"error: config file '{config}': {words}")
    key, value = line.replace('"', "").split(" = ")
    given = tokcomp("analyze", samples / "coffee.png", f"--{key}", value)
    assert "config file" not in given.err
    assert words in given.err


@pytest.mark.parametrize(
    "command", [["probe", "x.png"], ["demo"], ["models", "list"], ["models", "info", "embedded"]]
)
def test_every_command_takes_a_config_file(command, tokcomp, tmp_path):
    ended = tokcomp(*command, "--config", tmp_path / "gone.toml")
    assert ended.code == 2
    assert "cannot read config file" in ended.err


def test_a_measured_rule_without_its_numbers_is_none(tokcomp, samples):
    ended = tokcomp("analyze", samples / "coffee.png", "--difficulty", "measured:")
    assert ended.code == 2
    assert "got 'measured:'" in ended.err
