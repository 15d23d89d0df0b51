"""Fields as strict as the database: no value is converted from another type, and unknown fields are refused."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiSerializerFieldExtension
from rest_framework import serializers

VARIANTS: Final = "x-variants"
_DIGITS: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_DECIMALS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)


class Text(serializers.CharField):
    """A string, kept as it is: no number is taken for one, and no white space is cut."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("This must be a text.", "wrong_type")
        return data


class Integer(serializers.IntegerField):
    """A whole number: not a string of digits, not ``true``, not 3.0."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            raise serializers.ValidationError("This must be a whole number.", "wrong_type")
        return data


class Number(serializers.FloatField):
    """A number: not a string, not ``true``."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            raise serializers.ValidationError("This must be a number.", "wrong_type")
        return float(data)


class Boolean(serializers.BooleanField):
    """``true`` or ``false``: not "yes", not 1."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError("This must be true or false.", "wrong_type")
        return data


class Choice(serializers.ChoiceField):
    """One of a few strings."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("This must be a text.", "wrong_type")
        if data not in self.choices:
            raise serializers.ValidationError(f"This must be one of: {', '.join(self.choices)}.", "bad_value")
        return data


class Digits(serializers.IntegerField):
    """A whole number as a URL has it: ASCII digits and nothing else."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str) or not _DIGITS.fullmatch(data):
            raise serializers.ValidationError("This must be a whole number in plain digits.", "bad_value")
        return int(data)


class Decimals(serializers.FloatField):
    """A number as a URL has it: ASCII digits, and decimals behind a point. No sign, no exponent, no "nan"."""

    def to_internal_value(self, data: Any) -> float:
        if not isinstance(data, str) or not _DECIMALS.fullmatch(data):
            raise serializers.ValidationError("This must be a number in plain digits, such as 0.05.", "bad_value")
        return float(data)


class Body(serializers.Serializer[Any]):
    """A body: an object with the fields named here and no others.

    ``variants`` says for the schema what goes together: each has the values of some fields, and which of them it needs.
    """

    variants: ClassVar[tuple[tuple[dict[str, list[str]], tuple[str, ...]], ...]] = ()
    default_error_messages = {"invalid": "The body must be a JSON object."}

    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, dict) else []
        wrong: dict[str, Any] = {
            key: [serializers.ErrorDetail("There is no such field.", "unknown_field")] for key in unknown
        }
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if not wrong:
                raise
            raise serializers.ValidationError({**wrong, **error.detail}) from None  # type: ignore[dict-item]
        if wrong:
            raise serializers.ValidationError(wrong)
        return value


class Query(serializers.Serializer[Any]):
    """The parameters of a URL: each at most once, those named here and no others."""


class BodyInSchema(OpenApiSerializerExtension):
    """Describe a body as it is read; drf-spectacular finds this class."""

    target_class = Body
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        shape: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        shape["additionalProperties"] = False
        if self.target.variants:
            shape[VARIANTS] = self.target.variants  # for `common.api.schema`
        return shape


class TextInSchema(OpenApiSerializerFieldExtension):
    """Say of a text whether it may be empty, and of a name that it has something to read."""

    target_class = Text
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        shape: dict[str, Any] = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        if self.target.allow_blank:
            shape.pop("minLength", None)
            return shape
        return {**shape, "minLength": 1}
