"""Small models with random weights, saved as a snapshot of the hub is: config, weights, processor."""

from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    AutoModelForImageTextToText,
    CLIPImageProcessor,
    CLIPVisionConfig,
    FastVlmConfig,
    Idefics3Config,
    Idefics3ImageProcessor,
    Idefics3Processor,
    LlamaConfig,
    LlamaForCausalLM,
    LlavaConfig,
    LlavaOnevisionConfig,
    LlavaOnevisionImageProcessor,
    LlavaOnevisionProcessor,
    LlavaOnevisionVideoProcessor,
    LlavaProcessor,
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLProcessor,
    Qwen2Config,
    Qwen2VLImageProcessor,
    Qwen2VLVideoProcessor,
    SiglipVisionConfig,
    SmolVLMConfig,
    SmolVLMImageProcessor,
    SmolVLMProcessor,
    SmolVLMVideoProcessor,
    TimmWrapperConfig,
)
from transformers.utils import logging

CHAT = (
    "{% for message in messages %}{{ 'USER: ' }}{% for part in message['content'] %}"
    "{% if part['type'] == 'text' %}{{ part['text'] }}{% else %}{{ '<' + part['type'] + '>' }}{% endif %}"
    "{% endfor %}{% endfor %}{% if add_generation_prompt %}{{ ' ASSISTANT:' }}{% endif %}"
)
QWEN_CHAT = CHAT.replace(
    "'<' + part['type'] + '>'", "'<|vision_start|><|' + part['type'] + '_pad|><|vision_end|>'"
)
SMOL_TOKENS = ("<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>", "<|im_start|>")
ROWS = tuple(f"<row_{row}_col_{column}>" for row in (1, 2) for column in (1, 2))
SMOL_VISION = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 32,
    "patch_size": 2,
}
QWEN_TOKENS = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")


logging.disable_progress_bar()


def tokenizer(special: tuple[str, ...], **named: str) -> PreTrainedTokenizerFast:
    """A token for each byte, so that any text has tokens."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE(vocab={byte: number for number, byte in enumerate(alphabet)}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(
        [AddedToken(one, special=True, normalized=False) for one in ("<s>", "</s>", *special)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token="<s>", eos_token="</s>", pad_token="</s>", **named
    )


def decoder(
    vocabulary: int, *, kind: type = LlamaConfig, layers: int = 8, context: int = 2048, **more: object
):
    return kind(
        vocab_size=vocabulary,
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=context,
        initializer_range=0.12,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=None,
        **more,
    )


def save(folder: Path, config: object, processor: object) -> Path:
    torch.manual_seed(0)
    AutoModelForImageTextToText.from_config(config).save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def save_llava(folder: Path, *, context: int = 2048) -> Path:
    """8 x 8 tokens a picture."""
    words = tokenizer(("<image>",))
    vision = CLIPVisionConfig(
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=3,
        num_attention_heads=2,
        image_size=32,
        patch_size=4,
    )
    config = LlavaConfig(
        vision_config=vision,
        text_config=decoder(len(words), context=context),
        image_token_index=words.convert_tokens_to_ids("<image>"),
    )
    pictures = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    processor = LlavaProcessor(
        pictures,
        words,
        patch_size=4,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=CHAT,
    )
    return save(folder, config, processor)


def save_smolvlm(folder: Path, *, longest: int = 32) -> Path:
    """8 x 8 tokens a tile of 32 pixels; a longest side of 64 makes 2 x 2 tiles and the whole picture."""
    words = tokenizer((*SMOL_TOKENS, *ROWS), additional_special_tokens=list(SMOL_TOKENS))
    config = SmolVLMConfig(
        vision_config=SMOL_VISION,
        text_config=decoder(len(words)),
        image_token_id=words.convert_tokens_to_ids("<image>"),
        scale_factor=2,
    )
    pictures = SmolVLMImageProcessor(size={"longest_edge": longest}, max_image_size={"longest_edge": 32})
    video = SmolVLMVideoProcessor(
        size={"longest_edge": 32},
        max_image_size={"longest_edge": 32},
        video_sampling={"fps": 1, "max_frames": 64, "video_size": {"longest_edge": 32}},
    )
    chat = "<|im_start|>" + CHAT
    return save(
        folder, config, SmolVLMProcessor(pictures, words, video, image_seq_len=64, chat_template=chat)
    )


def save_onevision(folder: Path) -> Path:
    """8 x 8 tokens for the base picture, 4 x 4 a frame of a video."""
    words = tokenizer(("<image>", "<video>"))
    vision = SiglipVisionConfig(
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=32,
        patch_size=4,
    )
    pins = [[32, 64], [64, 32], [64, 64]]
    config = LlavaOnevisionConfig(
        vision_config=vision,
        text_config=decoder(len(words), kind=Qwen2Config),
        image_token_id=words.convert_tokens_to_ids("<image>"),
        video_token_id=words.convert_tokens_to_ids("<video>"),
        image_grid_pinpoints=pins,
    )
    side = {"height": 32, "width": 32}
    processor = LlavaOnevisionProcessor(
        LlavaOnevisionImageProcessor(size=side, image_grid_pinpoints=pins),
        words,
        LlavaOnevisionVideoProcessor(size=side),
        num_image_tokens=64,
        vision_feature_select_strategy="full",
        chat_template=CHAT,
    )
    return save(folder, config, processor)


def save_qwen(folder: Path) -> Path:
    """One token for 16 x 16 pixels, one grid of tokens for two frames."""
    words = tokenizer(QWEN_TOKENS)
    ids = words.convert_tokens_to_ids(list(QWEN_TOKENS))
    vision = {
        "depth": 2,
        "hidden_size": 32,
        "out_hidden_size": 64,
        "intermediate_size": 48,
        "num_heads": 2,
        "patch_size": 8,
        "window_size": 32,
        "fullatt_block_indexes": [1],
        "tokens_per_second": 4,
    }
    text = decoder(len(words), kind=Qwen2Config).to_dict()
    text |= {
        "model_type": "qwen2_5_vl_text",
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 3, 3]},
    }
    config = Qwen2_5_VLConfig(
        vision_config=vision,
        text_config=text,
        vision_start_token_id=ids[0],
        vision_end_token_id=ids[1],
        image_token_id=ids[2],
        video_token_id=ids[3],
    )
    pixels = {"shortest_edge": 16 * 16 * 4, "longest_edge": 16 * 16 * 64}
    processor = Qwen2_5_VLProcessor(
        Qwen2VLImageProcessor(patch_size=8, size=pixels),
        words,
        Qwen2VLVideoProcessor(patch_size=8, size=pixels),
        chat_template=QWEN_CHAT,
    )
    return save(folder, config, processor)


def save_text_only(folder: Path) -> Path:
    words = tokenizer(())
    LlamaForCausalLM(decoder(len(words), layers=2)).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def save_fastvlm(folder: Path) -> Path:
    """4 x 4 tokens a picture of 128 pixels, from a FastViT."""
    words = tokenizer(("<image>",))
    vision = TimmWrapperConfig(
        architecture="fastvit_t8", hidden_size=384, do_pooling=True, model_args={"inference_mode": True}
    )
    vision.hidden_size = 768
    config = FastVlmConfig(
        vision_config=vision,
        text_config=decoder(len(words), kind=Qwen2Config, layers=4),
        image_token_id=words.convert_tokens_to_ids("<image>"),
    )
    pictures = CLIPImageProcessor(size={"shortest_edge": 128}, crop_size={"height": 128, "width": 128})
    processor = LlavaProcessor(
        pictures, words, patch_size=32, vision_feature_select_strategy="full", chat_template=CHAT
    )
    return save(folder, config, processor)


def save_idefics3(folder: Path) -> Path:
    """8 x 8 tokens a tile of 32 pixels."""
    words = tokenizer((*SMOL_TOKENS, *ROWS), additional_special_tokens=list(SMOL_TOKENS))
    config = Idefics3Config(
        vision_config=SMOL_VISION,
        text_config=decoder(len(words)),
        image_token_id=words.convert_tokens_to_ids("<image>"),
        scale_factor=2,
    )
    pictures = Idefics3ImageProcessor(size={"longest_edge": 64}, max_image_size={"longest_edge": 32})
    return save(folder, config, Idefics3Processor(pictures, words, image_seq_len=64, chat_template=CHAT))
