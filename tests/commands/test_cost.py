import json
import shutil
import subprocess
import sys

import pytest
from PIL import Image

MODELS = (
    *("gpt-4o", "gpt-4.1-mini", "gpt-5", "claude-standard", "claude-high-resolution", "gemini-2", "gemini-3"),
    *("qwen2-vl", "qwen2.5-vl", "qwen3-vl", "internvl3", "llava-1.5", "llava-onevision", "smolvlm2"),
    *("fastvlm", "gemma-3", "gemma-4", "lfm2-vl"),
)


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    Image.new("RGB", (1920, 1080)).save(path)
    return path


def by_model(document):
    return {one["model"]: one for one in document["models"] if one["default"]}


def test_a_picture_in_every_model(tokcomp, photo):
    document = tokcomp("cost", photo, "--json").document
    assert document["meta"]["schema"] == "tokcomp.cost"
    assert tuple(by_model(document)) == MODELS
    for one in document["models"]:
        assert one["estimated"] is True
        assert one["source"].startswith("https://")
        assert one["date"]
        assert one["formula"]
        assert one["price"] is None
    assert by_model(document)["claude-standard"]["tokens"] == 1560
    gemma = [one["tier"] for one in document["models"] if one["model"] == "gemma-4"]
    assert sorted(int(tier.partition("=")[2]) for tier in gemma) == [70, 140, 280, 560, 1120]


def test_the_page_lists_the_cheapest_first_and_says_that_it_estimates(tokcomp, photo):
    page = tokcomp("cost", photo).out
    assert "estimated" in page
    names = [line.split()[0] for line in page.splitlines() if line.startswith("  ")]
    rows = [name for name in names if name in MODELS]
    assert sorted(rows) == sorted(MODELS)
    found = by_model(tokcomp("cost", photo, "--json").document)
    assert [found[name]["tokens"] for name in rows] == sorted(found[name]["tokens"] for name in rows)


@pytest.mark.parametrize("columns", [20, 80, 160])
def test_the_page_fits_its_width(tokcomp, photo, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = tokcomp("cost", photo).out.splitlines()
    assert max(len(line) for line in lines if "photo.png" not in line) <= columns


def test_a_video_by_each_models_own_sampling(tokcomp, samples):
    ended = tokcomp("cost", samples / "sintel_trailer_360p.mp4", "--json")
    found = by_model(ended.document)
    assert (found["qwen2.5-vl"]["frames"], found["qwen2.5-vl"]["tokens"]) == (104, 15_548)
    assert (found["gemini-2"]["frames"], found["gemini-2"]["tokens"]) == (53, 53 * 258)
    assert found["llava-onevision"]["tokens"] == 32 * 196 + 1
    assert found["gemini-3"]["tier"] == "media_resolution=low"
    assert (found["gpt-4o"]["takes_video"], found["gpt-4o"]["frames"]) == (False, 105)
    page = tokcomp("cost", samples / "sintel_trailer_360p.mp4", "--fps", "1").out
    assert "gpt-4o *" in page
    assert "fps=1" in page


def test_models_and_tiers_by_name(tokcomp, photo):
    given = (
        "--model",
        "gpt-4o:low",
        "--model",
        "claude-standard",
        "--model",
        "claude-high-resolution:2576px",
    )
    document = tokcomp("cost", photo, *given, "--json").document
    found = [(one["model"], one["tier"], one["tokens"]) for one in document["models"]]
    assert found == [
        ("gpt-4o", "detail=low", 85),
        ("claude-standard", "size=1568px", 1560),
        ("claude-standard", "size=1092px", 858),
        ("claude-standard", "size=756px", 432),
        ("claude-standard", "size=504px", 198),
        ("claude-high-resolution", "size=2576px", 2691),
    ]
    assert "detail=high (default)" in tokcomp("cost", photo, "--model", "gpt-4o").out


def test_prices_come_from_the_users_file_only(tokcomp, photo, tmp_path):
    assert "USD" not in tokcomp("cost", photo).out
    assert {one["price"] for one in by_model(tokcomp("cost", photo, "--json").document).values()} == {None}
    models = tmp_path / "models.toml"
    models.write_text('[[model]]\nname = "gpt-4o"\nprice_per_million = 2.5\ncurrency = "USD"\n')
    page = tokcomp("cost", photo, "--models-file", models).out
    assert "USD" in page
    config = tmp_path / "config.toml"
    config.write_text(f'models-file = "{models}"\n')
    found = by_model(tokcomp("cost", photo, "--config", config, "--json").document)["gpt-4o"]
    assert (found["tokens"], found["price"], found["currency"]) == (
        1105,
        pytest.approx(0.002763, abs=1e-6),
        "USD",
    )


def test_several_files_with_one_that_fails(tokcomp, photo, tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("no picture")
    other = tmp_path / "other.png"
    shutil.copy(photo, other)
    ended = tokcomp("cost", photo, text, other, "--json")
    assert ended.code == 3
    assert ended.document["meta"]["schema"] == "tokcomp.costs"
    assert [one["status"] for one in ended.document["results"]] == ["ok", "failed", "ok"]
    assert "All files" in tokcomp("cost", photo, other).out
    assert tokcomp("cost", text).code == 1
    assert tokcomp("cost", tmp_path / "gone.png").code == 1
    assert tokcomp("cost").code == 2


def test_an_animation_is_a_video_and_says_so(tokcomp, tmp_path):
    path = tmp_path / "moving.gif"
    frames = [Image.new("RGB", (64, 48), (shade, 0, 0)) for shade in range(0, 200, 20)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=500)
    document = tokcomp("cost", path, "--json").document
    assert document["media"]["kind"] == "animation"
    assert "first frame only" in document["notes"][0]
    assert by_model(document)["gpt-4o"]["frames"] == 10


def test_an_oriented_picture_counts_as_displayed(tokcomp, tmp_path):
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (400, 200)).save(path, exif=exif)
    media = tokcomp("cost", path, "--json").document["media"]
    assert (media["width"], media["height"]) == (200, 400)


def test_a_side_that_the_vendor_refuses_is_told(tokcomp, tmp_path):
    path = tmp_path / "wide.png"
    Image.new("L", (9000, 40)).save(path)
    page = tokcomp("cost", path).out
    assert "Refused above 8,000 px" in page
    assert "refused" in next(line for line in page.splitlines() if line.strip().startswith("qwen2-vl"))


def test_names_that_are_not_known(tokcomp, photo, tmp_path):
    ended = tokcomp("cost", photo, "--model", "qwen3vl")
    assert ended.code == 2
    assert "did you mean 'qwen3-vl'" in ended.err
    assert "--models-file" in ended.err
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("[[model]]\nname = 'gpt-4o'\nprise_per_million = 2\n")
    ended = tokcomp("cost", photo, "--models-file", wrong)
    assert ended.code == 2
    assert "line 3: prise_per_million" in ended.err


def test_the_list_names_source_and_date(tokcomp, photo):
    rows = json.loads(tokcomp("cost", "--list", "--json").out)["models"]
    assert tuple(row["model"] for row in rows) == MODELS
    page = tokcomp("cost", "--list", "--model", "gemma-4").out
    assert "max_soft_tokens=1120" in page
    assert "https://" in page
    assert tokcomp("cost", "--list", photo).code == 2


def test_a_photo_loads_neither_torch_nor_numpy(photo):
    code = (
        "import sys; from tokcomp_cli.commands.app import run; run(['cost', sys.argv[1]]); "
        "print(sorted({'torch', 'cv2', 'av', 'numpy', 'decord'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code, photo], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "[]"


def test_a_video_loads_no_torch(samples):
    code = (
        "import sys; from tokcomp_cli.commands.app import run; run(['cost', sys.argv[1]]); "
        "print(sorted({'torch', 'cv2'} & set(sys.modules)))"
    )
    path = samples / "bigbuckbunny.mp4"
    ended = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "[]"
