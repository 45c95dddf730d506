import pytest
from cryptography.fernet import Fernet
from django.db import connection, models

from core.crypto import EncryptedJSONField, EncryptedTextField, decrypt, encrypt, mask


def test_what_is_encrypted_is_unreadable_and_comes_back():
    token = encrypt("1990-01-02")
    assert "1990" not in token
    assert decrypt(token) == "1990-01-02"
    assert encrypt("") == "" == decrypt("")


def test_a_new_first_key_encrypts_and_the_old_one_still_decrypts(settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [old]
    token = encrypt("secret")
    settings.FIELD_ENCRYPTION_KEYS = [new, old]
    assert decrypt(token) == "secret"
    newer = encrypt("secret")
    settings.FIELD_ENCRYPTION_KEYS = [new]
    assert decrypt(newer) == "secret"
    with pytest.raises(ValueError) as refused:
        decrypt(token)
    assert token not in str(refused.value)


def test_fields_write_ciphertext_and_read_plain_values():
    text, json = EncryptedTextField(), EncryptedJSONField()
    stored = text.get_prep_value("4242")
    assert "4242" not in stored and text.from_db_value(stored, None, connection) == "4242"
    stored = json.get_prep_value({"key": ["a", 1]})
    assert "key" not in stored and json.from_db_value(stored, None, connection) == {"key": ["a", 1]}
    assert isinstance(text, models.TextField)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("", ""), ("1234", "••••••"), ("12345678", "••••••"), ("4242424242424242", "••••••4242")],
)
def test_a_masked_secret_can_be_recognised_but_not_used(text, shown):
    assert mask(text) == shown
