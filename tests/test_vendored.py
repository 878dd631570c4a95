"""Scripts of others are what the record says, and all of them are in it."""

import hashlib
import json
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[1] / "static" / "vendor"
RECORD = json.loads((VENDOR / "VENDOR.json").read_text(encoding="utf-8"))
LOCK = json.loads((VENDOR.parents[1] / "tools" / "vendor" / "package-lock.json").read_text(encoding="utf-8"))


def recorded() -> dict[str, str]:
    return {file: entry["sha256"] for part in RECORD.values() for file, entry in part["files"].items()}


def test_every_file_is_the_one_that_is_recorded():
    kept = {
        str(file.relative_to(VENDOR)): hashlib.sha256(file.read_bytes()).hexdigest()
        for directory in VENDOR.iterdir()
        if directory.is_dir()
        for file in directory.rglob("*")
    }
    assert kept == recorded()


def test_every_package_is_of_the_version_that_is_locked_and_has_a_licence():
    packages = {name: package for part in RECORD.values() for name, package in part["packages"].items()}
    assert {name: package["version"] for name, package in packages.items()} == {
        name: LOCK["packages"][f"node_modules/{name}"]["version"] for name in packages
    }
    assert all(package["licence"] for package in packages.values())


def test_every_part_has_the_licences_of_its_packages_beside_it():
    for directory, part in RECORD.items():
        licences = (VENDOR / directory / "LICENSE").read_text(encoding="utf-8")
        assert [name for name in part["packages"] if name not in licences] == []


def test_the_lock_names_no_address_that_packages_come_from():
    assert [name for name, package in LOCK["packages"].items() if "resolved" in package] == []
