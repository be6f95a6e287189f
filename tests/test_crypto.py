"""Sealing, keys and signatures."""

import subprocess
import sys
import uuid

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from scribe import crypto
from scribe.crypto import HospitalKey, KeyFileError, SigningKey, UndecipherableError, VerifyKey

KEY = bytes(range(32))


@given(st.binary(max_size=300), st.binary(min_size=1, max_size=40))
def test_what_is_sealed_can_be_opened_and_shows_nothing(plaintext, associated):
    sealed = crypto.seal(KEY, plaintext, associated)
    assert crypto.unseal(KEY, sealed, associated) == plaintext
    assert crypto.seal(KEY, plaintext, associated) != sealed
    assert len(plaintext) < 8 or plaintext not in sealed


@given(st.data())
def test_any_changed_bit_is_noticed(data):
    sealed = bytearray(crypto.seal(KEY, b"blood pressure 140/90", b"draft/1"))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(UndecipherableError):
        crypto.unseal(KEY, bytes(sealed), b"draft/1")


def test_another_place_another_key_and_a_stump_are_refused():
    sealed = crypto.seal(KEY, b"secret", b"draft/1")
    for key, text, place in (
        (KEY, sealed, b"draft/2"),
        (bytes(32), sealed, b"draft/1"),
        (KEY, sealed[:20], b"draft/1"),
    ):
        with pytest.raises(UndecipherableError):
            crypto.unseal(key, text, place)


def test_associated_data_are_required():
    with pytest.raises(ValueError, match="required"):
        crypto.seal(KEY, b"x", b"")
    with pytest.raises(ValueError, match="required"):
        crypto.unseal(KEY, b"x" * 40, b"")


def test_sealing_is_aes_256_gcm():
    """NIST's GCM test vector with a 256-bit key and associated data (McGrew and Viega, test case 16)."""
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
    nonce = bytes.fromhex("cafebabefacedbaddecaf888")
    plaintext = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    ciphertext = bytes.fromhex(
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
    )
    tag = bytes.fromhex("76fc6ece0f4e1768cddf8853bb2d551b")
    associated = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    assert crypto.unseal(key, b"\x01" + nonce + ciphertext + tag, associated) == plaintext


def test_the_hospital_key_is_made_once_and_is_private(tmp_path):
    path = tmp_path / "keys" / "hospital.key"
    key = HospitalKey.from_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    wrapped = key.wrap(KEY, b"encounter_key/1")
    again = HospitalKey.from_file(path)
    assert again.unwrap(wrapped, b"encounter_key/1") == KEY
    assert again.index("patient", b"12345") == key.index("patient", b"12345") != key.index("other", b"12345")
    assert [entry.name for entry in path.parent.iterdir()] == ["hospital.key"]
    assert path.read_bytes().hex() not in repr(key)


def test_processes_that_start_at_once_agree_on_the_hospital_key(tmp_path):
    code = (
        "import sys, pathlib; from scribe.crypto import HospitalKey;"
        "print(HospitalKey.from_file(pathlib.Path(sys.argv[1])).index('x', b'x').hex())"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "hospital.key")]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    answers = {process.communicate(timeout=60)[0] for process in processes}
    assert len(answers) == 1
    assert answers != {""}


def test_a_key_file_that_others_can_read_or_that_is_damaged_is_refused(tmp_path):
    path = tmp_path / "hospital.key"
    HospitalKey.from_file(path)
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="0600"):
        HospitalKey.from_file(path)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(KeyFileError, match="32 bytes"):
        HospitalKey.from_file(path)


def test_a_wrapped_key_does_not_open_elsewhere(tmp_path):
    key = HospitalKey.from_file(tmp_path / "hospital.key")
    with pytest.raises(UndecipherableError):
        key.unwrap(key.wrap(KEY, b"encounter_key/1"), b"encounter_key/2")


def test_signatures_are_ed25519():
    """RFC 8032, section 7.1, test 2."""
    private = Ed25519PrivateKey.from_private_bytes(
        bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    )
    key = SigningKey.from_pem(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert key.sign(b"\x72") == signature
    assert key.public.verifies(signature, b"\x72")
    assert not key.public.verifies(signature, b"\x73")


def test_key_files_are_read_back_and_never_written_over(tmp_path):
    key, path = SigningKey.generate(), tmp_path / "kim.pem"
    key.save(path)
    assert SigningKey.from_file(path).public.key_id == key.public.key_id
    assert VerifyKey.from_pem(key.public.to_pem()).key_id == key.public.key_id
    with pytest.raises(KeyFileError, match="never written over"):
        SigningKey.generate().save(path)
    with pytest.raises(KeyFileError, match="keygen"):
        SigningKey.from_file(tmp_path / "missing.pem")


def test_keys_of_other_kinds_are_refused():
    rsa = generate_private_key(65537, 2048)
    private = rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = rsa.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(KeyFileError, match="not an Ed25519"):
        SigningKey.from_pem(private)
    with pytest.raises(KeyFileError, match="not an Ed25519"):
        VerifyKey.from_pem(public)
    with pytest.raises(KeyFileError, match="PEM"):
        VerifyKey.from_pem(b"nonsense")


def test_canonical_json_follows_rfc_8785():
    """The example of RFC 8785, section 3.2.2, in part."""
    document = {"numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 1e-27], "string": '€$\x0f\nA\'B"\\"/', "b": None}
    expected = '{"b":null,"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\"/"}'
    assert crypto.canonical_json(document) == expected.encode()


def test_ids_are_uuid7_in_the_order_of_making():
    ids = [crypto.new_id() for _ in range(100)]
    assert {uuid.UUID(value).version for value in ids} == {7}
    assert sorted(set(ids)) == ids
