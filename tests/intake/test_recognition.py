"""Columns are known by name in both languages, or by what people say."""

import pytest

from qunxiang.errors import ContractError, UnknownNameError
from qunxiang.intake import confirm, guessed_table, recognise
from qunxiang.tables import LOADED

ORDERS = LOADED["orders"]


def test_chinese_labels_are_recognised() -> None:
    found = recognise(ORDERS, ["订单号", "会员号", "下单时间", "实付金额", "备注"])
    assert found.mapping == {
        "order_id": "订单号",
        "person_id": "会员号",
        "ordered_at": "下单时间",
        "amount": "实付金额",
    }
    assert found.unmapped == ("备注",)
    assert found.missing == ()


@pytest.mark.parametrize(
    ("columns", "table"),
    [
        (["订单号", "会员号", "下单时间", "实付金额"], "orders"),
        (["订单号", "会员号", "下单时间", "实收", "渠道"], "orders"),
        (["会员号", "姓名", "手机号"], "persons"),
        (["order_id", "person_id", "product_id", "quantity", "amount", "ordered_at"], "order_lines"),
    ],
)
def test_the_table_whose_required_columns_fit_is_guessed(columns: list[str], table: str) -> None:
    assert guessed_table(columns) == table


def test_english_names_labels_and_synonyms_are_recognised_without_case_spaces_and_underscores() -> None:
    found = recognise(ORDERS, ["Order ID", "CUSTOMER-ID", "transaction_timestamp", "Ａｍｏｕｎｔ", "\ufeffstore id "])
    assert found.mapping == {
        "order_id": "Order ID",
        "person_id": "CUSTOMER-ID",
        "ordered_at": "transaction_timestamp",
        "amount": "Ａｍｏｕｎｔ",
        "store_id": "\ufeffstore id ",
    }


def test_the_demo_files_are_recognised_whole() -> None:
    found = recognise(LOADED["campaign_contacts"], ["campaign_id", "household_id", "campaign_type", "start_date"])
    assert set(found.mapping) == {"campaign_id", "person_id", "campaign_type", "contacted_at"}


def test_a_said_column_goes_before_a_recognised_one() -> None:
    found = recognise(ORDERS, ["order_id", "date", "amount", "应付", "买家ID"], {"amount": "应付"})
    assert found.mapping["amount"] == "应付"
    assert found.unmapped == ("amount",)


def test_a_said_column_may_be_written_loosely_or_by_label() -> None:
    found = recognise(ORDERS, ["No", "when", "Paid Sum"], {"订单号": "no", "ordered_at": "when", "amount": "paid_sum"})
    assert found.mapping == {"order_id": "No", "ordered_at": "when", "amount": "Paid Sum"}


def test_two_names_for_one_column_are_an_error_that_names_both() -> None:
    columns = ["order_id", "date", "amount", "sales_value"]
    found = recognise(ORDERS, columns)
    assert found.ambiguous == {"amount": ("amount", "sales_value")}
    with pytest.raises(ContractError) as error:
        confirm(ORDERS, found, columns)
    for lang in ("zh", "en"):
        text = error.value.render(lang)
        assert "amount" in text
        assert "sales_value" in text
        assert "--map amount=amount" in text


def test_a_missing_column_says_what_is_there_and_how_to_map() -> None:
    columns = ["订单号", "下单时间"]
    with pytest.raises(ContractError) as error:
        confirm(ORDERS, recognise(ORDERS, columns), columns)
    assert "--map amount=" in error.value.render("zh")
    assert "订单号、下单时间" in error.value.render("zh")


def test_unknown_names_in_a_mapping_say_what_exists() -> None:
    with pytest.raises(UnknownNameError) as error:
        recognise(ORDERS, ["a"], {"ammount": "a"})
    assert "amount" in error.value.params["has"]
    with pytest.raises(UnknownNameError) as error:
        recognise(ORDERS, ["a", "b"], {"amount": "c"})
    assert error.value.params["has"] == ["a", "b"]


def test_a_source_column_that_fits_two_columns_goes_to_the_one_of_that_name() -> None:
    found = recognise(LOADED["products"], ["product_id", "type", "category", "product_category"])
    assert found.mapping["category"] == "category"
    assert found.mapping["subcategory"] == "product_category"


def test_the_last_part_of_a_joined_name_is_a_name() -> None:
    found = recognise(LOADED["persons"], ["客户编号", "联系方式/手机号", "address.city", "国家/地区"])
    assert found.mapping == {
        "person_id": "客户编号",
        "phone": "联系方式/手机号",
        "country": "国家/地区",
        "city": "address.city",
    }


def test_a_product_s_name_stands_for_its_id_when_it_was_said_to_be_the_name() -> None:
    found = recognise(LOADED["products"], ["product", "series"], {"name": "product"}, exact=True)
    assert found.mapping == {"product_id": "product", "name": "product"}
    assert recognise(LOADED["products"], ["product", "sku"]).mapping == {"product_id": "sku", "name": "product"}
