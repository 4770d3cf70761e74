"""Names that mean something else beside certain other names: 注册日期 in an extract of a company register.

A company's registration is its founding there, and the date of its account with us elsewhere; 开户日期 beside the name
of a bank may be that of a bank account. Founding and opening lie decades apart, so neither is taken for the other.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from qunxiang.tables import Contract
from qunxiang.tables.loaded.columns import words


@dataclass(frozen=True)
class Meant:
    """What a name means in its source: not the column `not_`, but `instead`, None where nobody can say."""

    not_: str
    instead: str | None


def _key(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


def _keys(text: str) -> frozenset[str]:
    return frozenset(map(_key, words(text)))


_REGISTERED = _keys(
    "注册日期, 注册时间, 注册登记日期, registration_date, registered_on, date_of_registration,"
    " register_date, reg_date, date_registered"
)
_ENTERED = _keys("登记日期, 登记时间")
_REGISTER = _keys(
    "注册资本, 注册资金, 实缴资本, 法定代表人, 法人代表, 经营状态, 登记状态, 企业状态, 登记机关, 经营范围, 核准日期,"
    " 营业期限, registered_capital, legal_representative, business_scope, registration_authority, company_status,"
    " paid_in_capital"
)
_OPENED = _keys(
    "开户日期, 开户时间, 开户日, account_opening_date, account_open_date, account_opened, account_opened_on,"
    " date_opened, open_date, opening_date"
)
_BANK = _keys(
    "开户行, 开户银行, 开户行名称, 开户支行, 银行账号, 银行帐号, 银行账户, 银行名称, 银行卡号, 开户账号,"
    " bank, bank_name, bank_account, bank_account_no, bank_account_number, iban, swift, bank_branch"
)


def meant_beside(contract: Contract, sources: Iterable[str]) -> dict[str, Meant]:
    """Return the source columns that mean something else than their names say by themselves."""
    if "created_at" not in contract.names:
        return {}
    keys = {source: _key(source) for source in sources}
    there = set(keys.values())
    found: dict[str, Meant] = {}
    founded = contract.column("founded_on")
    if founded is not None and there & _REGISTER:
        called = {_key(n) for n in (founded.name, founded.label.zh, founded.label.en, *founded.synonyms)}
        instead = None if there & called else founded.name
        found |= {s: Meant("created_at", instead) for s, key in keys.items() if key in _REGISTERED}
        found |= {s: Meant("created_at", None) for s, key in keys.items() if key in _ENTERED}
    if there & _BANK:
        found |= {s: Meant("created_at", None) for s, key in keys.items() if key in _OPENED}
    return found
