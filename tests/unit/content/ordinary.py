"""Certificates as ordinary devices, systems and software make them: what must not be taken for an adversary's.

Each case follows a product's own default (the names are its own, the numbers drawn from fixed seeds). Most are met once
inside and once outside; some, such as WebRTC and Tor, only where they occur.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from generators import NOW, Case, ec, made, moment, openssl, rsa

from certhound.lab.certificates import appliances, der
from certhound.lab.certificates.build import (
    Extension,
    Name,
    authority_key,
    basic_constraints,
    extended_key_usage,
    key_usage,
    random_serial,
    subject_alt_names,
    subject_key,
)
from certhound.lab.certificates.keys import Key

DAY = timedelta(days=1)
SIGNING = key_usage("digitalSignature", "keyEncipherment")
NO_CA = basic_constraints(False, critical=False)


def own(
    subject: str | Name,
    *extensions: Extension,
    days: float = 3650,
    serial: int | None = None,
    key: Key | None = None,
    seed: int = 1,
    digest: str = "sha256",
    version: int = 3,
) -> Case:
    """A certificate that its subject issued to itself."""
    rng = Random(seed)
    start = moment(rng, max(3, min(300, int(days))))
    number = random_serial(rng, 8) if serial is None else serial
    used = key or rsa()
    end = start + timedelta(days=days)
    certificate = made(subject, used, start, end, extensions, number, digest=digest, version=version)
    return Case(certificate, 443)


def issued(
    subject: str | Name,
    issuer: str | Name,
    *extensions: Extension,
    days: float = 825,
    seed: int = 1,
    serial: int | None = None,
    key: Key | None = None,
    signer: Key | None = None,
) -> Case:
    """A certificate of a private CA that is not sent."""
    rng = Random(seed)
    start = moment(rng, max(3, min(300, int(days))))
    number = random_serial(rng, 16) if serial is None else serial
    end = start + timedelta(days=days)
    certificate = made(
        subject, key or rsa(), start, end, extensions, number, issuer=issuer, signer=signer or ec("private ca")
    )
    return Case(certificate, 443)


def _san(*names: str) -> Extension:
    return subject_alt_names(*names)


SERVER = extended_key_usage("serverAuth")
BOTH = extended_key_usage("serverAuth", "clientAuth")
SKI = subject_key(rsa())
AKI = authority_key(rsa().identifier)
CA = basic_constraints(True)


def _at(case: Case, port: int, name: str | None = None, transport: str = "tcp", every: float = 0.0) -> Case:
    return Case(case.certificate, port, name, every, 40 if every else 4, transport)


def devices() -> Iterator[tuple[str, Case]]:
    """Appliances, cameras, controllers and printers, reached by address on the port of their console."""
    yield "pfSense", _at(Case(appliances.pfsense(Random(1), rsa(), NOW)), 443)
    yield "iDRAC", _at(Case(appliances.idrac(Random(2), rsa(), NOW)), 443)
    yield "UniFi", _at(Case(appliances.unifi(Random(3), rsa(), NOW)), 8443)
    yield (
        "Synology",
        _at(
            issued(
                "C=TW, L=Taipei, O=Synology Inc., CN=synology",
                "C=TW, L=Taipei, O=Synology Inc., CN=Synology Inc. CA",
                NO_CA,
                SERVER,
                _san("synology"),
                days=366,
                serial=0x4F1B2C3D,
            ),
            5001,
        ),
    )
    yield (
        "QNAP",
        _at(
            own(
                "C=TW, ST=Taiwan, L=Taipei, O=QNAP Systems, OU=NAS, CN=QNAP NAS, emailAddress=q_support@qnap.com",
                SKI,
                AKI,
                CA,
            ),
            443,
        ),
    )
    yield (
        "FortiGate",
        _at(
            issued(
                "C=US, ST=California, L=Sunnyvale, O=Fortinet, OU=FortiGate, CN=FGT60E4Q16001234, "
                "emailAddress=support@fortinet.com",
                "C=US, ST=California, L=Sunnyvale, O=Fortinet, OU=Certificate Authority, CN=fortinet-subca2001, "
                "emailAddress=support@fortinet.com",
                NO_CA,
                days=6935,
                serial=0x3F2A11,
            ),
            443,
        ),
    )
    yield (
        "Palo Alto",
        _at(
            own(
                "C=US, ST=CA, L=Santa Clara, O=Palo Alto Networks, OU=Support, CN=localhost, "
                "emailAddress=support@paloaltonetworks.com",
                basic_constraints(True, critical=False),
                SKI,
            ),
            443,
        ),
    )
    yield (
        "HP iLO",
        _at(
            issued(
                "CN=ILOCZ3040XYZ1, OU=ISS, O=Hewlett Packard Enterprise, L=Houston, ST=Texas, C=US",
                "CN=Default Issuer (Do not trust), OU=ISS, O=Hewlett Packard Enterprise, L=Houston, ST=Texas, C=US",
                SERVER,
                days=5475,
                serial=0x5D,
            ),
            443,
        ),
    )
    yield (
        "HP printer",
        _at(
            own(
                "CN=HP1A2B3C, OU=HP-IPG, O=HP, L=Vancouver, ST=Washington, C=US",
                NO_CA,
                SKI,
                _san("HP1A2B3C", "HP1A2B3C.local"),
            ),
            443,
        ),
    )
    yield "Brother printer", _at(own("CN=BRW707781ABCDEF", NO_CA, days=7300, serial=1), 443)
    yield (
        "Xerox printer",
        _at(own("CN=XRX9C934E112233, O=Xerox Corporation, OU=Generic, C=US, ST=Connecticut, L=Norwalk", CA, SKI), 443),
    )
    yield "Canon printer", _at(own("CN=Canon12ab34", days=5475, serial=0, digest="sha256"), 443)
    yield (
        "Supermicro",
        _at(
            own(
                "C=US, ST=California, L=San Jose, O=Super Micro Computer, OU=Software, CN=IPMI, emailAddress=Email",
                SKI,
                AKI,
                CA,
                days=3650,
                serial=0x9D3F1C22AA11,
            ),
            443,
        ),
    )
    yield "Cisco IOS", _at(own("CN=IOS-Self-Signed-Certificate-2884567890", CA, AKI, SKI, days=2300, serial=1), 443)
    yield "Cisco ASA", _at(own("CN=ASA Temporary Self Signed Certificate", days=3650, serial=0x5F3C2B1A), 443)
    yield "MikroTik", _at(own("CN=webfig", key_usage("keyCertSign", "cRLSign"), CA, SKI, days=365), 443)
    yield (
        "AVM Fritz!Box",
        _at(
            own("CN=abc123def456.myfritz.net", SKI, AKI, CA, _san("abc123def456.myfritz.net", "fritz.box"), days=8000),
            443,
            "fritz.box",
        ),
    )
    yield (
        "Hikvision camera",
        _at(own("C=CN, ST=ZJ, L=HZ, O=Embeddedsoftware, OU=Hikvision, CN=192.0.2.9", days=1095), 443),
    )
    yield "Axis camera", _at(own("CN=axis-accc8e112233", SKI, CA, days=3650), 443)
    yield (
        "APC UPS",
        _at(
            own(
                "CN=ZA1234567890, O=American Power Conversion, OU=Internally Generated Certificate, C=US",
                days=9000,
                serial=0x1A2B,
            ),
            443,
        ),
    )
    yield (
        "Ubiquiti airOS",
        _at(own("C=US, ST=CA, L=San Jose, O=Ubiquiti Networks Inc., OU=Technical Support, CN=UBNT", days=3650), 443),
    )
    yield (
        "Sophos",
        _at(
            issued(
                "C=GB, ST=Oxfordshire, L=Abingdon, O=Sophos, OU=Appliance, CN=SFVH_C01001",
                "C=GB, ST=Oxfordshire, L=Abingdon, O=Sophos, OU=OU, CN=Sophos_CA_C01001, "
                "emailAddress=support@example.com",
                NO_CA,
            ),
            4444,
        ),
    )
    yield (
        "Polycom phone",
        _at(
            issued(
                "CN=0004F2AABBCC, O=Polycom Inc.",
                "CN=Polycom Equipment Issuing CA 1, O=Polycom, OU=PKI",
                NO_CA,
                days=8000,
            ),
            443,
        ),
    )
    yield (
        "Philips Hue",
        _at(own("C=NL, O=Philips Hue, CN=001788fffe112233", NO_CA, SERVER, SKI, days=7300, key=ec("hue")), 443),
    )
    yield (
        "Sonos",
        _at(
            issued(
                "C=US, O=Sonos, OU=Devices, CN=RINCON_ABCDEF",
                "C=US, O=Sonos, OU=Devices, CN=Sonos Device Authentication CA",
                NO_CA,
                days=9125,
            ),
            1443,
        ),
    )
    yield (
        "Chromecast",
        _at(
            issued(
                "CN=FA8FCA112233",
                "C=US, O=Google Inc, OU=Cast, CN=Chromecast ICA 12",
                key_usage("digitalSignature"),
                days=2,
            ),
            8009,
        ),
    )
    yield (
        "Nest",
        _at(
            issued("O=Nest Labs Inc., CN=18B430AABBCC", "O=Nest Labs Inc., CN=Device Issuing CA", NO_CA, days=7300),
            11095,
        ),
    )


def systems() -> Iterator[tuple[str, Case]]:
    """Operating systems, hypervisors, databases and their management."""
    yield (
        "Windows remote desktop",
        _at(own("CN=DESKTOP-AB12CD3", SERVER, key_usage("keyEncipherment", "dataEncipherment"), days=182.5), 3389),
    )
    yield (
        "Windows remote desktop in a domain",
        _at(own("CN=srv-files.corp.example", SERVER, key_usage("keyEncipherment"), days=182.5), 3389),
    )
    yield (
        "Active Directory enrolment",
        _at(
            issued(
                "CN=dc1.corp.example",
                "DC=example, DC=corp, CN=corp-CA1-CA",
                key_usage("digitalSignature", "keyEncipherment"),
                BOTH,
                SKI,
                AKI,
                _san("dc1.corp.example"),
            ),
            636,
            "dc1.corp.example",
        ),
    )
    yield "IIS management", _at(own("CN=WMSvc-SHA2-WEB01", key_usage("keyEncipherment"), SERVER, days=3650), 8172)
    yield (
        "IIS Express",
        _at(
            own("CN=localhost", key_usage("keyEncipherment", "dataEncipherment"), SERVER, _san("localhost"), days=1826),
            44300,
        ),
    )
    yield (
        "ASP.NET development",
        _at(
            own(
                "CN=localhost",
                key_usage("digitalSignature", "keyEncipherment"),
                SERVER,
                _san("localhost"),
                Extension("1.3.6.1.4.1.311.84.1.1", der.tlv(0x02, b"\2")),
                basic_constraints(False),
                days=365,
            ),
            5001,
            "localhost",
        ),
    )
    yield (
        "New-SelfSignedCertificate",
        _at(
            own("CN=app01.corp.example", SIGNING, BOTH, _san("app01.corp.example"), SKI, days=365),
            443,
            "app01.corp.example",
        ),
    )
    yield "SQL Server", _at(own("CN=SSL_Self_Signed_Fallback", days=10950, digest="sha1"), 1433)
    yield (
        "Exchange",
        _at(
            own(
                "CN=MAIL01", SIGNING, SERVER, _san("MAIL01", "MAIL01.corp.example"), basic_constraints(False), days=1825
            ),
            25,
        ),
    )
    yield "Hyper-V", _at(own("CN=HV01", key_usage("keyEncipherment"), BOTH, days=99 * 365), 443)
    yield (
        "VMware ESXi",
        _at(
            issued(
                "C=US, ST=California, L=Palo Alto, O=VMware, OU=VMware Engineering, CN=esx1.corp.example, "
                "emailAddress=vmca@vmware.com",
                "CN=CA, DC=vsphere, DC=local, C=US, ST=California, O=vc1.corp.example, OU=VMware Engineering",
                SIGNING,
                _san("esx1.corp.example"),
                SKI,
                AKI,
                days=1825,
            ),
            443,
        ),
    )
    yield (
        "VMware ESX, older",
        _at(
            own(
                "C=US, ST=California, L=Palo Alto, O=VMware Inc, OU=VMware ESX Server Default Certificate, "
                "CN=localhost.localdomain, emailAddress=ssl-certificates@vmware.com",
                days=4018,
            ),
            443,
        ),
    )
    yield (
        "Proxmox",
        _at(
            issued(
                "OU=PVE Cluster Node, O=Proxmox Virtual Environment, CN=pve1.corp.example",
                "CN=Proxmox Virtual Environment, OU=0f9c2a7e-1111-2222-3333-444455556666, O=PVE Cluster Manager CA",
                NO_CA,
                SERVER,
                _san("127.0.0.1", "localhost", "pve1"),
            ),
            8006,
        ),
    )
    yield (
        "MySQL",
        _at(
            issued(
                "CN=MySQL_Server_8.0.36_Auto_Generated_Server_Certificate",
                "CN=MySQL_Server_8.0.36_Auto_Generated_CA_Certificate",
                NO_CA,
                days=3650,
                serial=2,
            ),
            3306,
        ),
    )
    yield "PostgreSQL on Debian", _at(Case(appliances.snake_oil(Random(9), rsa(), NOW, "db1")), 5432)
    yield (
        "Webmin",
        _at(own("CN=*, O=Webmin Webserver on host1, emailAddress=root@host1", SKI, AKI, CA, days=1825), 10000),
    )
    yield (
        "Cockpit",
        _at(own("O=7b6f3d2a1c0e4f5a8b9c7d6e5f4a3b2c, CN=host1", SKI, AKI, CA, _san("localhost", "127.0.0.1")), 9090),
    )
    yield (
        "Splunk",
        _at(
            issued(
                "CN=SplunkServerDefaultCert, O=SplunkUser",
                "C=US, ST=CA, L=San Francisco, O=Splunk, CN=SplunkCommonCA, emailAddress=support@splunk.com",
                days=1095,
            ),
            8089,
        ),
    )
    yield (
        "Elasticsearch",
        _at(
            issued(
                "CN=es1",
                "CN=Elasticsearch security auto-configuration HTTP CA",
                SKI,
                AKI,
                _san("localhost", "es1"),
                SERVER,
                days=730,
            ),
            9200,
        ),
    )
    yield (
        "Puppet",
        _at(
            issued(
                "CN=web1.corp.example",
                "CN=Puppet CA: puppet.corp.example",
                BOTH,
                NO_CA,
                SIGNING,
                SKI,
                AKI,
                days=1825,
                serial=7,
            ),
            8140,
        ),
    )


def software() -> Iterator[tuple[str, Case]]:
    """Containers, development and home servers."""
    yield (
        "Kubernetes API",
        _at(
            issued(
                "CN=kube-apiserver",
                "CN=kubernetes",
                SIGNING,
                SERVER,
                NO_CA,
                AKI,
                _san("kubernetes", "kubernetes.default", "10.96.0.1"),
                days=365,
            ),
            6443,
        ),
    )
    yield (
        "k3s",
        _at(
            issued(
                "O=k3s, CN=k3s",
                "CN=k3s-server-ca@1700000000",
                SIGNING,
                SERVER,
                AKI,
                _san("kubernetes", "localhost"),
                days=365,
                key=ec("k3s"),
            ),
            6443,
        ),
    )
    yield (
        "kubelet",
        _at(
            issued(
                "CN=node1@1700000000",
                "CN=node1-ca@1700000000",
                SIGNING,
                SERVER,
                basic_constraints(False),
                AKI,
                _san("node1"),
                days=365,
            ),
            10250,
        ),
    )
    yield (
        "ingress-nginx",
        _at(
            own(
                "O=Acme Co, CN=Kubernetes Ingress Controller Fake Certificate",
                SIGNING,
                SERVER,
                basic_constraints(False),
                _san("ingress.local"),
                days=365,
            ),
            443,
        ),
    )
    yield (
        "Docker daemon",
        _at(issued("O=dev.docker", "O=dev.docker", SIGNING, SERVER, NO_CA, _san("192.0.2.4"), days=1095), 2376),
    )
    yield "Traefik", _at(Case(appliances.traefik(Random(4), rsa(), NOW)), 443)
    yield (
        "Caddy",
        _at(
            issued(
                "",
                "CN=Caddy Local Authority - ECC Intermediate",
                key_usage("digitalSignature"),
                BOTH,
                SKI,
                AKI,
                _san("app.localhost"),
                days=0.5,
                key=ec("caddy"),
            ),
            443,
            "app.localhost",
        ),
    )
    yield (
        "mkcert",
        _at(
            issued(
                "O=mkcert development certificate, OU=me@laptop",
                "O=mkcert development CA, OU=me@laptop, CN=mkcert me@laptop",
                SIGNING,
                SERVER,
                AKI,
                _san("app.test"),
            ),
            443,
            "app.test",
        ),
    )
    yield (
        "step-ca",
        _at(
            issued(
                "CN=svc.corp.example",
                "O=Corp, CN=Corp Intermediate CA",
                SIGNING,
                BOTH,
                SKI,
                AKI,
                _san("svc.corp.example"),
                days=1,
                key=ec("step"),
            ),
            443,
            "svc.corp.example",
        ),
    )
    yield (
        "HashiCorp Vault",
        _at(
            issued(
                "CN=vault.service.consul",
                "CN=corp.example Intermediate Authority",
                SIGNING,
                BOTH,
                SKI,
                AKI,
                _san("vault.service.consul"),
                days=3,
            ),
            8200,
        ),
    )
    yield (
        "Jenkins by keytool",
        _at(
            own(
                "C=Unknown, ST=Unknown, L=Unknown, O=Unknown, OU=Unknown, CN=jenkins", SKI, days=3650, serial=0x5F3A2B1C
            ),
            8443,
        ),
    )
    yield (
        "Tomcat by keytool, filled in",
        _at(
            own(
                "C=DE, ST=Hessen, L=Kassel, O=Nordlicht, OU=IT, CN=apps.nordlicht.example",
                SKI,
                days=365,
                serial=0x3A2B1C4D,
            ),
            8443,
            "apps.nordlicht.example",
        ),
    )
    yield "Home Assistant", _at(openssl_case("CN=homeassistant.local", 3650), 8123, "homeassistant.local")
    yield "openssl, a name", _at(openssl_case("CN=vpn.nordlicht.example", 3650), 443, "vpn.nordlicht.example")
    yield (
        "openssl, filled in",
        _at(
            openssl_case("C=DE, ST=Hessen, L=Kassel, O=Nordlicht GmbH, CN=git.nordlicht.example", 365),
            443,
            "git.nordlicht.example",
        ),
    )
    yield (
        "openssl, filled in, an address",
        _at(openssl_case("C=DE, ST=Hessen, L=Kassel, O=Nordlicht GmbH, OU=IT, CN=gateway", 365), 443),
    )
    yield "openssl, return pressed", _at(Case(appliances.openssl_defaults(Random(6), rsa(), NOW)), 8443)
    yield (
        "Plex",
        _at(
            issued(
                "CN=*.0123456789abcdef0123456789abcdef.plex.direct",
                "C=US, O=Plex Inc., CN=Plex Devices High Assurance CA3",
                SIGNING,
                BOTH,
                NO_CA,
                SKI,
                AKI,
                _san("*.0123456789abcdef0123456789abcdef.plex.direct"),
                days=90,
            ),
            32400,
        ),
    )
    yield "Nextcloud snap", _at(openssl_case("CN=nextcloud", 730), 443)
    yield (
        "GitLab runner",
        _at(
            own("O=GitLab Runner, CN=runner", SIGNING, SERVER, basic_constraints(False), _san("runner"), days=365), 8093
        ),
    )
    yield (
        "Grafana by Go's example",
        _at(own("O=Acme Co", SIGNING, SERVER, basic_constraints(False), _san("grafana"), days=365), 3000, "grafana"),
    )
    yield (
        "Syncthing",
        _at(
            own("CN=syncthing", SIGNING, BOTH, basic_constraints(False), _san("syncthing"), days=7300, key=ec("sync")),
            22000,
        ),
    )
    yield (
        "Bitnami",
        _at(own("O=Bitnami, OU=Certificate generated at installation time, CN=www.example.com", SKI, AKI, CA), 443),
    )
    yield (
        "Node.js selfsigned",
        _at(
            own(
                "CN=example.org, C=US, ST=Virginia, L=Blacksburg, O=Test, OU=Test",
                CA,
                key_usage("keyCertSign", "digitalSignature"),
                BOTH,
                _san("localhost"),
                SKI,
                days=365,
            ),
            8443,
        ),
    )
    yield "rcgen", _at(own("CN=rcgen self signed cert", _san("localhost"), days=1000, key=ec("rcgen")), 8443)


def others() -> Iterator[tuple[str, Case]]:
    """What is only met outside: device clouds, calls, anonymisers, games."""
    yield (
        "Apple device cloud",
        _at(
            issued(
                "CN=courier.push.example, O=Example Inc., C=US",
                "CN=Example Server Authentication CA, O=Example Inc., C=US",
                SIGNING,
                BOTH,
                SKI,
                AKI,
                _san("courier.push.example"),
                days=395,
            ),
            5223,
            "courier.push.example",
        ),
    )
    yield "private mail server, polled", _at(openssl_case("CN=mail.home.example", 3650), 993, "mail.home.example")
    yield "WebRTC", _at(own("CN=WebRTC", days=30, key=ec("rtc")), 40001, None, "udp", 20.0)
    yield "WebRTC, random", _at(own("CN=a8f3k2q9zx", days=30, key=ec("rtc2")), 40002, None, "udp", 20.0)
    yield (
        "Tor relay",
        _at(issued("CN=www.k5wq2hzp7xfa.net", "CN=www.vb3q7nzkxl2ta.com", days=120, serial=0x5AF1B2C3D4E5F607), 9001),
    )
    yield (
        "Tor relay on 443",
        _at(issued("CN=www.hb6qzx2wkp.net", "CN=www.qzkvxwp3tlm.com", days=90, serial=0x6AF1B2C3D4E5F607), 443),
    )
    yield "AnyDesk", _at(own("CN=AnyDesk Client", days=18250), 7070)
    yield (
        "Steam",
        _at(
            issued("CN=cm1.steam.example, O=Steam", "CN=Steam Game Network CA, O=Steam", SIGNING, SERVER, days=365),
            27018,
            "cm1.steam.example",
        ),
    )
    yield (
        "OpenVPN by Easy-RSA",
        _at(
            issued(
                "CN=server",
                "CN=Easy-RSA CA",
                NO_CA,
                SKI,
                AKI,
                SERVER,
                key_usage("digitalSignature", "keyEncipherment"),
                days=825,
            ),
            1194,
        ),
    )
    yield (
        "KDE Connect",
        _at(own("O=KDE, OU=KDE Connect, CN=a1b2c3d4_e5f6_a7b8_c9d0_e1f2a3b4c5d6", days=3650, serial=10), 1716),
    )


def openssl_case(subject: str, days: int) -> Case:
    return Case(openssl(77, subject, days))
