"""Build the two document fonts: Noto Sans SC Regular and Bold, cut down to the characters reports use.

Run ``python scripts/build_fonts.py`` with fonttools and npm at hand. The source package is pinned by its SHA-256, so
the same files come out every time; they lie, with their licence (OFL), in ``src/qunxiang/adapters/documents/fonts``.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

PACKAGE = "@expo-google-fonts/noto-sans-sc@0.4.3"
ARCHIVE = "expo-google-fonts-noto-sans-sc-0.4.3.tgz"
SHA256 = "0d69d0f4971d2ff574e3d93cbc218dc950bf3f3f8f8e2c008d97687ed53aee59"
WEIGHTS = {"Regular": "package/400Regular/NotoSansSC_400Regular.ttf", "Bold": "package/700Bold/NotoSansSC_700Bold.ttf"}
LICENCE = "package/LICENSE_FONT"
TARGET = Path(__file__).parent.parent / "src/qunxiang/adapters/documents/fonts"
FEATURES = ["kern", "locl", "palt", "halt", "ccmp", "liga", "pnum", "tnum", "sups"]

# characters of people's, places' and companies' names that neither GB2312 nor the common part of Big5 has
NAMES = (
    "堃喆燊珺镕赟翀瑀瑄彧旻昉頔祎禤鋆骉犇垚勍弢韡晙昫曌玙玚璠溦湉烜燚祾晞暄玘玗玠玢珈珅珩珞珣珧琇琎琤琬瑭璟璁"
    "璇璈璘璞瓒祐祚祺禛禔禕稘竑筠筱箐絜綦翃翊翎翯聿芃芠芮苒茁荞莀菡萱葳蒽蓁蕤蘅虓蛟衎觐訸诩诜谞谡贇跻轩辰迦迩逯"
    "邈郗郜鄢酆钊钐钘钜钰钲铄铎铖铠铧铭铮锜锟镛镠闫闳阚陉霁霖靓靖韬颀颉颢飏飒馗骅骐骞骥鸫鸷麒麓黟默嫄婳姮婧娉婕妤妧"
    "媖媛嬿嬛孖宸宬寔屾岍岚岢峣崚崟嵘嵚巍帏忻怡恺恂悦惇愔慜懋戬扆扬昇昊昕昚晗晟晢暐暕曈曦朐杲枥栩桢桦梓棽楸榕樾橦"
    "歆毓氤沄沅沐沛泓泠洺浠浥涵淏淦淼渌湲滢滪漷潞潼澧濛瀚灏炆炅炜炘炟炫炯烨焜焱煊煜煦熠熹燏爔犍玥璐畅畑疆皓皞盱"
    "睢睿矞砻硚碶磡秾稷穰筼粼緈繇罡羑羲翾耒耔胤臻舫艽芷茉茜茵莅莞菀蓥蔺薛藜虢蜀袆裔裕誉谯赉赫趵跹轘辇郅郓郢鄞鄯"
    "醴钤铂锴镒镔镡镭闾阆阗陂隰雒霂韪頫颙飗馥驿骁骊骢鲲鹍麴黻龑龢〇㙦㛃㬎㼆䲟𠮷𣗋"
)
SIGNS = (
    "€¥￥£‐‑‒–—―…‥“”‘’„‚«»‹›•·‧×÷≥≤±≈√≠∞∑∏∆∂∫−′″‰℃№™©®§¶†‡→←↑↓↔⇒↗↘✓✗★☆●○◎◆◇■□▲△▼▽◀▶◉①②③④⑤⑥⑦⑧⑨⑩ⅠⅡⅢⅣⅤ"
    "²³¹⁰⁴⁵⁶⁷⁸⁹⁺⁻ⁿ₀₁₂₃½¼¾⅓⅔ΩμσΔαβγλχρ　"
)


def legacy(encoding: str, lead: range, trail: list[int]) -> set[str]:
    """Return the characters of a two-byte character set."""
    found = set()
    for first in lead:
        for second in trail:
            try:
                found.add(bytes([first, second]).decode(encoding))
            except UnicodeDecodeError:
                continue
    return found


def characters() -> set[str]:
    """Return every character the fonts shall have: GB2312, common Big5, Latin, punctuation, names."""
    upper = list(range(0xA1, 0xFF))
    latin = {chr(code) for code in range(0x20, 0x250)} | {chr(code) for code in range(0x2000, 0x2070)}
    simplified = legacy("gb2312", range(0xA1, 0xF8), upper)
    traditional = legacy("big5", range(0xA4, 0xC7), [*range(0x40, 0x7F), *upper])
    return simplified | traditional | latin | set(NAMES) | set(SIGNS)


def cut(source: Path, target: Path) -> None:
    """Write the subset of one weight."""
    options = subset.Options(layout_features=FEATURES, hinting=False, notdef_outline=True)
    options.name_IDs = ["*"]
    font = TTFont(source, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[ord(character) for character in characters()])
    subsetter.subset(font)
    for table in ("vhea", "vmtx"):  # documents are written horizontally
        if table in font:
            del font[table]
    font.save(target)
    print(f"{target.name}: {target.stat().st_size:,} bytes, {font['maxp'].numGlyphs} glyphs")


def main() -> None:
    """Fetch the pinned package, check it and write the fonts with their licence."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / ARCHIVE
        if len(sys.argv) == 1:
            subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True)
        if hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
            raise SystemExit(f"{archive.name} is not the pinned package")
        with tarfile.open(archive) as package:
            package.extractall(folder, [package.getmember(n) for n in [*WEIGHTS.values(), LICENCE]], filter="data")
        TARGET.mkdir(parents=True, exist_ok=True)
        for weight, member in WEIGHTS.items():
            cut(Path(folder) / member, TARGET / f"NotoSansSC-{weight}.ttf")
        (TARGET / "OFL.txt").write_bytes((Path(folder) / LICENCE).read_bytes())


if __name__ == "__main__":
    main()
