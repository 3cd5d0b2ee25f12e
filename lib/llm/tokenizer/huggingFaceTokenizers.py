"""What Hugging Face's tokenizers make of adversarial texts, as JSON: the oracle of huggingFaceParity.test.ts.

usage: huggingFaceTokenizers.py SEED TEXTS [VOCABULARY.json]

For each family a small byte-level BPE is trained, some of its merges are taken out (so that some tokens cannot be reached by merges), and SEED's
random texts are encoded, with and without added tokens. VOCABULARY.json, {"tokens", "merges", "special", "family"}, is a vocabulary to use instead of the
trained ones. Where a vocabulary lacks bytes, a tenth as many more texts have characters with such bytes. Offsets are in code points.
"""

import json
import random
import sys
import unicodedata

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
REST = r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def cut(digits):
    pattern = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|" + digits + "|" + REST
    return [
        pre_tokenizers.Split(Regex(pattern), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ]


GPT2 = [pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)]
FAMILIES = {
    "gpt2": GPT2,
    "smollm": [pre_tokenizers.Digits(individual_digits=True)] + GPT2,
    "qwen2": cut(r"\p{N}"),
    "llama-bpe": cut(r"\p{N}{1,3}"),
}
SPECIAL = ["<|im_start|>", "<|im_end|>", "<|im|>", "<|im|><|im|>", "[Q]", "\u00a7\u20ac"]
ADDED = ["<tool>", "<tool>s"]

WORDS = "the of and to in is was for that it we're don't they'll I'd you've it's he'm can't 'S 'LL 'Re naïve Zürich mañana слово привет λόγος 漢字 東京 한국어 हिन्दी ภาษา".split()
SPACES = [" ", "  ", "   ", "\n", "\n\n", "\r\n", "\t", "\r", " \n", "\n ", "\x0b", "\x0c", "\x85", "\xa0", "\u1680", "\u2003", "\u2028", "\u2029", "\u202f", "\u3000"]
SPACES += ["\ufeff", "\u200b", "\u200d", "\u180e", "\x1c", "\x1f", "\x00", "\x7f"]
NUMBERS = ["0", "7", "42", "1984", "31415926", "٣", "७", "Ⅷ", "²", "½", "①", "〇", "𝟘", "𝟡"]
MARKS = ["'", "’", "''", ".", "...", "!?", "—", "_", "$", "€", "\\", "</s>", "=>", "{}", "\u0301", "\u0308", "\u0327", "\u0e33", "\u1161", "\u11a8", "'ſ", "'K", "ß", "İ", "ﬁ", "Å", "Ω", "가", "각", "ᄀ"]
EMOJI = ["😀", "👩‍👩‍👧", "🇩🇪", "✈️", "👍🏽", "𠀀", "𝒳"]
ASSIGNED = [c for c in range(0x110000) if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]
ADVERSARIAL = [
    "",
    " ",
    "in 1984",
    "   x",
    "x   ",
    "x \n\n  y\r\n\r\n z",
    "a" * 200,
    " " * 100 + "x",
    "\n" * 50,
    "ab" * 100,
    "e\u0301" * 20,
    "<|im_start|>user\nyes<|im_end|>",
    "<|im|><|im|><|im|>",
    "<|im_start",
    "<<|im|>|im|>",
    "<tool>s <tool> s",
]


def texts(seed, count):
    draw = random.Random(seed)
    kinds = [WORDS, SPACES, NUMBERS, MARKS, EMOJI, SPECIAL + ADDED, None]

    def piece(weights):
        kind = draw.choices(kinds, weights)[0]
        return chr(draw.choice(ASSIGNED)) if kind is None else draw.choice(kind)

    for _ in range(count):
        weights = [draw.random() ** 3 for _ in kinds]
        yield "".join(piece(weights) for _ in range(draw.choice([2, 5, 10, 20])))


def train(family):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(FAMILIES[family])
    trainer = trainers.BpeTrainer(
        vocab_size=256 + 230, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False
    )
    tokenizer.train_from_iterator(texts(11, 300), trainer)
    model = json.loads(tokenizer.to_str())["model"]
    merges = [merge for rank, merge in enumerate(model["merges"]) if rank % 7 != 6]
    return model["vocab"], [tuple(merge) for merge in merges]


def build(family, vocabulary, merges, special, added):
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, ignore_merges=family == "llama-bpe"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(FAMILIES[family])
    tokenizer.decoder = decoders.ByteLevel()
    if family == "qwen2":
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in special])
    tokenizer.add_tokens([AddedToken(text, normalized=False) for text in added])
    return tokenizer


def case(text, tokenizer, plain):
    encoding = tokenizer.encode(text, add_special_tokens=False)
    return {
        "text": text,
        "ids": encoding.ids,
        "offsets": [end for pair in encoding.offsets for end in pair],
        "plain": plain.encode(text, add_special_tokens=False).ids,
        "decoded": tokenizer.decode(encoding.ids, skip_special_tokens=True),
    }


def lacking(vocabulary):
    """Characters of which a vocabulary lacks a byte."""
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    candidates = [chr(c) for c in (*range(0x20), 0x40000, 0x80000)]
    return [c for c in candidates if not set(byte_level.pre_tokenize_str(c)[0][0]) <= vocabulary.keys()]


def texts_with(characters, seed, count):
    """Texts in which every fifth character or so is followed by one of these."""
    draw = random.Random(seed)
    for text in texts(seed, count):
        yield "".join(c + (draw.choice(characters) if draw.random() < 0.2 else "") for c in text)


def family_cases(family, vocabulary, merges, special, added, seed, count):
    tokenizer = build(family, vocabulary, merges, special, added)
    plain = build(family, vocabulary, merges, [], [])
    absent = lacking(vocabulary)
    drawn = list(texts(seed, count)) + (list(texts_with(absent, seed + 1, count // 10)) if absent else [])
    return {
        "family": family,
        "tokenizer": json.loads(tokenizer.to_str()),
        "cases": [case(text, tokenizer, plain) for text in ADVERSARIAL + drawn],
    }


def main(seed, count, path=None):
    if path is None:
        return [
            family_cases(family, *train(family), SPECIAL, ADDED, int(seed), int(count)) for family in FAMILIES
        ]
    with open(path, encoding="utf8") as file:
        given = json.load(file)
    vocabulary = {token: id for id, token in enumerate(given["tokens"])}
    merges = [tuple(merge.split(" ")) for merge in given["merges"]]
    return [family_cases(given["family"], vocabulary, merges, given["special"], [], int(seed), int(count))]


json.dump(main(*sys.argv[1:]), sys.stdout, separators=(",", ":"), ensure_ascii=True)
