import base64
import json

import pytest

from tokcomp_cli.export.messages import Attached, message

JPEG = b"\xff\xd8\xff\xe0 not looked at"
NAMED = [Attached("00-00-01.000.jpg", "Frame at 00:00:01.000:", None, "detail=low")]
HELD = [Attached("00-00-01.000.jpg", "Frame at 00:00:01.000:", JPEG, "detail=low")]


def made(shape, pictures, setting=None):
    given = [Attached(one.name, one.caption, one.content, setting or one.setting) for one in pictures]
    found = message(shape, given, "What is shown?", "jpeg")
    return json.loads(json.dumps(found))


@pytest.mark.parametrize("pictures", [NAMED, HELD], ids=["files", "inline"])
def test_openai_types_take_it(pictures):
    openai = pytest.importorskip("openai.types.chat", reason="needs openai (extra dev)")
    from pydantic import TypeAdapter

    found = made("openai", pictures)
    checked = TypeAdapter(list[openai.ChatCompletionMessageParam]).validate_python(found)
    assert len(checked) == 1
    image = found[0]["content"][2]["image_url"]
    assert image["detail"] == "low"
    assert image["url"] == (
        NAMED[0].name if pictures is NAMED else f"data:image/jpeg;base64,{base64.b64encode(JPEG).decode()}"
    )
    with pytest.raises(ValueError, match="image_url"):
        TypeAdapter(openai.ChatCompletionContentPartImageParam).validate_python({"type": "image_url"})


def test_a_picture_sized_down_goes_with_the_detail_alone():
    [said] = made("openai", HELD, "detail=high@512px")
    assert said["content"][2]["image_url"]["detail"] == "high"


@pytest.mark.parametrize("pictures", [NAMED, HELD], ids=["files", "inline"])
def test_anthropic_types_take_it(pictures):
    anthropic = pytest.importorskip("anthropic.types", reason="needs anthropic (extra dev)")
    from pydantic import TypeAdapter

    found = made("anthropic", pictures)
    assert TypeAdapter(list[anthropic.MessageParam]).validate_python(found)
    checked = TypeAdapter(anthropic.ImageBlockParam).validate_python(found[0]["content"][2])
    assert checked["source"]["type"] == ("url" if pictures is NAMED else "base64")
    with pytest.raises(ValueError, match="source"):
        TypeAdapter(anthropic.ImageBlockParam).validate_python({"type": "image"})


@pytest.mark.parametrize("pictures", [NAMED, HELD], ids=["files", "inline"])
@pytest.mark.parametrize("level", ["low", "medium", "high", "ultra_high", "default"])
def test_google_types_take_it(pictures, level):
    genai = pytest.importorskip("google.genai.types", reason="needs google-genai (extra dev)")
    [content] = made("gemini", pictures, f"media_resolution={level}")
    checked = genai.Content.model_validate(content)
    part = checked.parts[2]
    assert (part.inline_data is None) == (pictures is NAMED)
    if pictures is HELD:
        assert part.inline_data.data == JPEG
    told = None if part.media_resolution is None else part.media_resolution.level.value
    assert told == (None if level == "default" else f"MEDIA_RESOLUTION_{level.upper()}")
    with pytest.raises(ValueError, match="nothing_like_it"):
        genai.Part.model_validate({"nothing_like_it": 1})


def test_qwen_has_what_its_own_utilities_read():
    [turn] = made("qwen", NAMED, "max_pixels=200704")
    assert turn["role"] == "user"
    assert turn["content"] == [
        {"type": "text", "text": "Frame at 00:00:01.000:"},
        {"type": "image", "image": "00-00-01.000.jpg", "max_pixels": 200704},
        {"type": "text", "text": "What is shown?"},
    ]
    assert made("qwen", HELD)[0]["content"][1]["image"].startswith("data:image/jpeg;base64,")
