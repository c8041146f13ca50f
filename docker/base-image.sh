#!/bin/sh
# Makes debian:bookworm-slim out of Debian's own packages, for engines that reach a Debian mirror and no registry. Does
# nothing where the image is there already. Wants debootstrap, root, and an engine.
# Usage: docker/base-image.sh [TAG] [MIRROR]      (debian:bookworm-slim, the mirror that this machine's apt uses)
set -eu
tag=${1:-debian:bookworm-slim}
suite=bookworm

fail() {
    echo "base-image.sh: $*" >&2
    exit 1
}

# Where apt gets Debian from; the world's mirror where it gets none (another distribution, say).
mirror_of_apt() {
    # shellcheck disable=SC2016  # apt fills these in
    sites=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(SITE)' 'Created-By: Packages' 2>/dev/null |
        sed -n 's/^Debian main //p' | grep -v -e -security || true)
    echo "${sites:-http://deb.debian.org/debian}" | head -n 1
}

command -v docker >/dev/null || fail "docker is not installed"
docker info >/dev/null 2>&1 || fail "no Docker Engine answers (docker info says why)"
if docker image inspect "$tag" >/dev/null 2>&1; then
    echo "$tag is there"
    exit 0
fi
[ "$(id -u)" -eq 0 ] || fail "debootstrap wants root: run this with sudo"
command -v debootstrap >/dev/null || fail "debootstrap is not installed (apt-get install debootstrap)"
mirror=${2:-$(mirror_of_apt)}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
root=$work/root
echo "making $tag from $mirror"
debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$work/log" 2>&1 ||
    fail "debootstrap from $mirror: $(tail -n 1 "$work/log")"

# As slim images are: no documentation but licences, no translations, and none with packages that come later.
cat >"$root/etc/dpkg/dpkg.cfg.d/docker" <<'END'
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/man/*
path-exclude /usr/share/info/*
path-exclude /usr/share/lintian/*
path-exclude /usr/share/locale/*
path-include /usr/share/locale/locale.alias
END
cat >"$root/etc/apt/apt.conf.d/docker" <<'END'
Acquire::Languages "none";
Acquire::GzipIndexes "true";
Apt::AutoRemove::SuggestsImportant "false";
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
END
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # no package starts a service in a container
chmod 755 "$root/usr/sbin/policy-rc.d"
cat >"$root/etc/apt/sources.list" <<END
deb $mirror $suite main
deb $mirror $suite-updates main
deb ${mirror%/}-security $suite-security main
END
if ! chroot "$root" apt-get update >"$work/log" 2>&1; then # a mirror without security updates
    sed -i '/-security/d' "$root/etc/apt/sources.list"
    chroot "$root" apt-get update >"$work/log" 2>&1 || fail "apt-get update from $mirror: $(tail -n 1 "$work/log")"
fi
chroot "$root" apt-get upgrade -y >"$work/log" 2>&1 || fail "apt-get upgrade from $mirror: $(tail -n 1 "$work/log")"

find "$root/usr/share/doc" -mindepth 2 ! -name copyright ! -type d -delete
find "$root/usr/share/doc" -mindepth 1 -type d -empty -delete
rm -rf "$root"/usr/share/man/* "$root"/usr/share/info/* "$root"/usr/share/lintian/* "$root"/var/lib/apt/lists/* \
    "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb "$root"/var/cache/debconf/*-old \
    "$root"/var/log/* "$root"/tmp/* "$root"/etc/resolv.conf "$root"/etc/hostname
find "$root/usr/share/locale" -mindepth 1 -maxdepth 1 ! -name locale.alias -exec rm -rf {} +

tar -C "$root" --numeric-owner --one-file-system -c . |
    docker import --change 'CMD ["bash"]' --message "debootstrap $suite from $mirror" - "$tag" >/dev/null ||
    fail "the engine did not take the image"
echo "made $tag"
