"""Strings that try to become markup, script or a formula, and a parser that finds out whether one did (R91)."""

from html.parser import HTMLParser

MARK = "zq7"
LONGEST = 10_000
HOSTILE = [
    f"<script>alert('{MARK}')</script>",
    f'"><script>alert("{MARK}")</script>',
    f"'><script>alert('{MARK}')</script>",
    f"</title><script>alert(/{MARK}/)</script>",
    f"</textarea><script>alert(/{MARK}/)</script>",
    f"</script><script>alert(/{MARK}/)</script>",
    f"</style><script>alert(/{MARK}/)</script>",
    f"--><script>alert(/{MARK}/)</script>",
    f"<!--<script>alert(/{MARK}/)//-->",
    f"<ScRiPt>alert(/{MARK}/)</sCrIpT>",
    f"<script src=//{MARK}.example></script>",
    f"<script/{MARK}>alert(1)</script>",
    f"<scr<script>ipt>alert('{MARK}')</scr</script>ipt>",
    f"<img src=x onerror=alert('{MARK}')>",
    f'"><img src=x onerror=alert("{MARK}")>',
    f"<img src=`x` onerror=`{MARK}`>",
    f"<img/src/onerror=alert(/{MARK}/)>",
    f"<img src=x:{MARK} onerror=alert(1)//",
    f'<img """><script>alert("{MARK}")</script>">',
    f"<svg onload=alert('{MARK}')>",
    f"<svg/onload=alert(/{MARK}/)>",
    f"<svg><script>alert&#40;'{MARK}')</script></svg>",
    f"<svg><a xlink:href=javascript:alert('{MARK}')><text>x</text></a></svg>",
    f"<svg><animate onbegin=alert('{MARK}') attributeName=x dur=1s>",
    f"<math><mi xlink:href=javascript:alert('{MARK}')>x</mi></math>",
    f"<body onload=alert('{MARK}')>",
    f"<iframe src=javascript:alert('{MARK}')></iframe>",
    f"<iframe srcdoc='<script>alert(/{MARK}/)</script>'></iframe>",
    f"<object data=javascript:alert('{MARK}')></object>",
    f"<embed src=javascript:alert('{MARK}')>",
    f"<link rel=stylesheet href=javascript:alert('{MARK}')>",
    f"<style>@import '//{MARK}.example/x.css';</style>",
    f"<base href=//{MARK}.example/>",
    f"<meta http-equiv=refresh content='0;url=//{MARK}.example'>",
    f"<form action=//{MARK}.example><button>Sign in</button></form>",
    f"<input autofocus onfocus=alert('{MARK}')>",
    f"<details open ontoggle=alert('{MARK}')>",
    f"<video><source onerror=alert('{MARK}')></video>",
    f"<marquee onstart=alert('{MARK}')>x</marquee>",
    f"<a href=javascript:alert('{MARK}')>{MARK}</a>",
    f"<a href='data:text/html,<script>alert(/{MARK}/)</script>'>x</a>",
    f"<table background=javascript:alert('{MARK}')>",
    f"<div style=background:url(javascript:alert('{MARK}'))>",
    f'" onmouseover="alert(/{MARK}/)" x="',
    f"' onfocus='alert(/{MARK}/)' autofocus='",
    f"` onclick=alert(/{MARK}/) `",
    f"x onmouseover=alert(/{MARK}/)",
    f"javascript:alert('{MARK}')",
    f"jaVasCript:/*-/*`/*'/*\"/**/(/* */oNcliCk=alert('{MARK}') )//",
    f"{{{{ settings.SECRET_KEY }}}} {MARK} {{% debug %}}",
    f"${{alert('{MARK}')}} #{{7*7}} <%= 7*7 %>",
    f"&lt;script&gt;alert('{MARK}')&lt;/script&gt;",
    f"&#60;script&#62;alert('{MARK}')&#60;/script&#62;",
    f"%3Cscript%3Ealert('{MARK}')%3C/script%3E",
    f"+ADw-script+AD4-alert('{MARK}')+ADw-/script+AD4-",
    f"＜script＞alert('{MARK}')＜/script＞",
    f"\\u003Cscript\\u003Ealert('{MARK}')\\u003C/script\\u003E",
    f"]]><script>alert('{MARK}')</script><![CDATA[",
    f"<%00script>{MARK}</script>",
    f'=HYPERLINK("//{MARK}.example";"x")',
    f"@SUM(1+1)*cmd|'/C {MARK}'!A0",
    f"-2+3+cmd|'/C {MARK}'!A0",
    f"'; DROP TABLE meetups_guest; -- {MARK}",
    f"‮{MARK} txt.exe",
    f"{MARK} 👩‍👩‍👧‍👦 𝒳 ẞ İ ﷽ Ͼ",
    f"{MARK} %s %d %(name)s {{0}} {{name!r}}",
    f"{MARK} \\\" \\' \\n \\x3cscript\\x3e",
]


class Reader(HTMLParser):
    """Parses a page and collects its elements with their attributes, the targets of its links, and its text."""

    def __init__(self, page: str):
        super().__init__(convert_charrefs=True)
        self.shape: set[str] = set()
        self.links: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shape |= {f"<{tag}>"} | {f"<{tag} {name}>" for name, _value in attrs}
        for name, value in attrs:
            if name in ("href", "src", "action", "formaction", "data", "srcset", "poster"):
                self.links.append((value or "").strip())
            # Values of fields, titles and alternative texts count as text.
            self.words.append(value or "")

    handle_startendtag = handle_starttag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return squeeze(" ".join(self.words))

    @property
    def bad_links(self) -> list[str]:
        """Return links that lead neither to a path of this site nor to http, mailto or tel."""
        good = ("/", "#", "?", "http://", "https://", "mailto:", "tel:")
        return [link for link in self.links if link and not link.lower().startswith(good) or link.startswith("//")]


def squeeze(text: str) -> str:
    return " ".join(text.split())
