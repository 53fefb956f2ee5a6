"""Checks a compose file: its form, and that what it names is there. Prints each fault; exit code 1.

    python check_compose.py deploy/compose.yaml
"""

import sys
from pathlib import Path

import compose_spec


def faults(path):
    text = path.read_text(encoding="utf-8")
    compose = compose_spec.PyCompose.from_yaml(text)
    compose.validate()
    services = compose.to_dict()["services"]
    for name, service in services.items():
        image = service.get("image", "")
        if "build" in service:
            build = service["build"]
            dockerfile = path.parent / build["context"] / build["dockerfile"]
            if not dockerfile.is_file():
                yield f"{name}: no {dockerfile}"
        elif ":" not in image or image.endswith(":latest"):
            yield f"{name}: the image {image!r} is not pinned to a version"
        for volume in service.get("volumes", []):
            source = volume["source"] if isinstance(volume, dict) else volume.split(":")[0]
            if str(source).startswith(".") and not (path.parent / source).exists():
                yield f"{name}: no {source}"
        for other in service.get("depends_on", []):
            if other not in services:
                yield f"{name}: depends on {other}, which is no service"
        mode = service.get("network_mode") or ""
        if mode.startswith("service:") and mode.removeprefix("service:") not in services:
            yield f"{name}: {mode}"
        for port in service.get("ports", []):
            if "127.0.0.1" not in str(port):
                yield f"{name}: the port {port} is open to everybody"
    for wanted in ("sameuser", "redis", "prometheus", "grafana", "producer"):
        if wanted not in services:
            yield f"no service {wanted}"


def main():
    found = list(faults(Path(sys.argv[1])))
    for fault in found:
        print(fault)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
