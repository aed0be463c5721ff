from autolib.service import demo

KEPT = {"SECRET_KEY": "s", "DEVICE_MASTER_KEY": "d", "PUSH_PRIVATE_KEY": "p"}
ADDRESSES = {"DATABASE_URL": "postgres://autolib:p@127.0.0.1:1/autolib"}


def values(host: str = "127.0.0.1") -> dict[str, str]:
    return demo.values(addresses=ADDRESSES, host=host, port=8001, kept=KEPT)


def test_it_is_a_demo_on_this_machine_only(monkeypatch) -> None:
    for name in ("AUTOLIB_MODE", "PUBLIC_URL", "ALLOWED_HOSTS", "SECRET_KEY", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)

    chosen = values()

    assert chosen["AUTOLIB_MODE"] == "demo"
    assert chosen["PUBLIC_URL"] == "http://localhost:8001"
    assert chosen["ALLOWED_HOSTS"] == "localhost,127.0.0.1,[::1]"
    assert (chosen["SECRET_KEY"], chosen["DATABASE_URL"]) == ("s", ADDRESSES["DATABASE_URL"])


def test_an_address_of_the_network_is_answered_to(monkeypatch) -> None:
    for name in ("PUBLIC_URL", "ALLOWED_HOSTS"):
        monkeypatch.delenv(name, raising=False)

    chosen = values(host="192.0.2.7")

    assert chosen["PUBLIC_URL"] == "http://192.0.2.7:8001"
    assert chosen["ALLOWED_HOSTS"] == "localhost,127.0.0.1,[::1],192.0.2.7"


def test_the_real_environment_wins(monkeypatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://cars.example")
    monkeypatch.delenv("ALLOWED_HOSTS", raising=False)

    chosen = values()

    assert chosen["PUBLIC_URL"] == "https://cars.example"
    assert chosen["ALLOWED_HOSTS"] == "localhost,127.0.0.1,[::1],cars.example"
