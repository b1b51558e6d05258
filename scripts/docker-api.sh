#!/bin/sh
# A Docker API on a plain Debian machine, for the tests that need one: docs/operations/testcontainers.md.
#
#   sudo scripts/docker-api.sh start     installs what is missing, makes the images, starts dockerd, prints what to export
#   sudo scripts/docker-api.sh stop      ends that dockerd and removes its network; the images stay for the next start
#
# dockerd runs in a network namespace of its own, so that it changes neither the machine's firewall nor its interfaces. From
# there no registry of images can be reached: the three images that the tests use are made here, of Debian and a JDK 25.
set -eu

DIR=${TIDEGATE_DOCKER_DIR:-/var/lib/tidegate-docker}
NAMESPACE=tidegate-docker
SUITE=bookworm
SOCKET=$DIR/docker.sock
PIDFILE=$DIR/docker.pid

die() {
    echo "docker-api: $1" >&2
    exit 1
}

within() {
    # Not "ip netns exec", which mounts another /sys and so hides the cgroups from dockerd.
    nsenter --net="/run/netns/$NAMESPACE" "$@"
}

docker_() {
    DOCKER_BUILDKIT=0 docker --host "unix://$SOCKET" "$@"
}

running() {
    [ -f "$PIDFILE" ] && tr '\0' ' ' < "/proc/$(cat "$PIDFILE")/cmdline" 2>/dev/null | grep -q -- "--pidfile $PIDFILE"
}

install_packages() {
    missing=
    for pair in dockerd:docker.io docker:docker.io debootstrap:debootstrap iptables:iptables ip:iproute2; do
        command -v "${pair%%:*}" > /dev/null || missing="$missing ${pair##*:}"
    done
    [ -z "$missing" ] || { apt-get update -q && apt-get install -qy --no-install-recommends $missing; } >&2
}

find_jdk() {
    for jdk in ${JAVA_HOME:+"$JAVA_HOME"} /usr/lib/jvm/*25*; do
        if [ -x "$jdk/bin/jlink" ] && grep -q '^JAVA_VERSION="25' "$jdk/release"; then
            echo "$jdk"
            return
        fi
    done
    die "a JDK 25 is needed for the images; none in JAVA_HOME or /usr/lib/jvm"
}

start_dockerd() {
    ip netns list | grep -q "^$NAMESPACE\b" || ip netns add "$NAMESPACE"
    within ip link set lo up
    within dockerd --data-root "$DIR/data" --exec-root "$DIR/exec" --pidfile "$PIDFILE" --host "unix://$SOCKET" \
        --storage-driver overlay2 > "$DIR/dockerd.log" 2>&1 &
    tries=0
    until docker_ version > /dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 150 ] || die "dockerd did not answer in 30 s; its log is $DIR/dockerd.log"
        sleep 0.2
    done
}

has_image() {
    docker_ image inspect "$1" > /dev/null 2>&1
}

# A Debian in $DIR/debian, the ground of every image.
debian() {
    [ -d "$DIR/debian" ] && return
    rm -rf "$DIR/debian.new"
    debootstrap --variant=minbase "$SUITE" "$DIR/debian.new" >&2
    rm -rf "$DIR/debian.new/var/cache/apt/archives"/*.deb "$DIR/debian.new/dev"/*
    mv "$DIR/debian.new" "$DIR/debian"
}

# import_root ROOT IMAGE [change ...]: what lies under ROOT becomes an image.
import_root() {
    root=$1
    image=$2
    shift 2
    for change; do
        shift
        set -- "$@" --change "$change"
    done
    tar -C "$root" --numeric-owner -c . | docker_ import "$@" - "$image" >&2
    rm -rf "$root"
}

copy_of_debian() {
    debian
    rm -rf "$DIR/$1"
    cp -a "$DIR/debian" "$DIR/$1"
}

jdk_image() {
    has_image eclipse-temurin:25-jdk && return
    jdk=$(find_jdk)
    copy_of_debian jdk
    mkdir -p "$DIR/jdk/opt/java"
    cp -aL "$jdk" "$DIR/jdk/opt/java/openjdk"
    rm -f "$DIR/jdk/opt/java/openjdk/lib/src.zip"
    import_root "$DIR/jdk" eclipse-temurin:25-jdk 'ENV JAVA_HOME=/opt/java/openjdk' \
        'ENV PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
}

jre_image() {
    has_image eclipse-temurin:25-jre && return
    jdk=$(find_jdk)
    copy_of_debian jre
    mkdir -p "$DIR/jre/opt/java"
    "$jdk/bin/jlink" --strip-debug --no-man-pages --no-header-files --output "$DIR/jre/opt/java/openjdk" --add-modules \
        java.se,jdk.unsupported,jdk.crypto.ec,jdk.zipfs,jdk.management,jdk.jfr,jdk.localedata,jdk.charsets,jdk.naming.dns,jdk.net,jdk.httpserver,jdk.incubator.vector >&2
    import_root "$DIR/jre" eclipse-temurin:25-jre 'ENV JAVA_HOME=/opt/java/openjdk' \
        'ENV PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
}

# Answers to the variables that the official image takes, as far as Testcontainers sets them.
postgres_image() {
    has_image postgres:15 && return
    copy_of_debian postgres
    cp /etc/resolv.conf "$DIR/postgres/etc/resolv.conf"
    printf '#!/bin/sh\nexit 101\n' > "$DIR/postgres/usr/sbin/policy-rc.d"
    chmod 755 "$DIR/postgres/usr/sbin/policy-rc.d"
    # dpkg's scripts want /dev/null and its like, which a copied Debian lacks.
    mknod -m 666 "$DIR/postgres/dev/null" c 1 3
    mknod -m 666 "$DIR/postgres/dev/zero" c 1 5
    mknod -m 666 "$DIR/postgres/dev/urandom" c 1 9
    chroot "$DIR/postgres" sh -ec 'export DEBIAN_FRONTEND=noninteractive
        apt-get update -q
        apt-get install -qy --no-install-recommends postgresql-15
        apt-get clean' >&2
    rm -rf "$DIR/postgres/dev"/*
    cat > "$DIR/postgres/usr/local/bin/docker-entrypoint.sh" << 'ENTRYPOINT'
#!/bin/sh
set -eu
export PATH=/usr/lib/postgresql/15/bin:$PATH PGDATA=/var/lib/postgresql/data
USER=${POSTGRES_USER:-postgres}
printf '%s' "$POSTGRES_PASSWORD" > /tmp/password
install -d -o postgres -g postgres "$PGDATA" /var/run/postgresql
chown postgres /tmp/password
setpriv --reuid postgres --regid postgres --init-groups sh -euc "
    initdb --username='$USER' --pwfile=/tmp/password --auth=scram-sha-256 --encoding=UTF8
    echo \"listen_addresses = '*'\" >> '$PGDATA/postgresql.conf'
    echo 'host all all all scram-sha-256' >> '$PGDATA/pg_hba.conf'
    export PGPASSWORD='$POSTGRES_PASSWORD'
    pg_ctl -o \"-c listen_addresses=''\" -w start
    [ '${POSTGRES_DB:-$USER}' = postgres ] || createdb --username='$USER' '${POSTGRES_DB:-$USER}'
    pg_ctl -m fast -w stop"
rm /tmp/password
exec setpriv --reuid postgres --regid postgres --init-groups "$@"
ENTRYPOINT
    chmod 755 "$DIR/postgres/usr/local/bin/docker-entrypoint.sh"
    import_root "$DIR/postgres" postgres:15 'ENTRYPOINT ["docker-entrypoint.sh"]' 'CMD ["postgres"]' 'EXPOSE 5432' \
        'ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
}

start() {
    install_packages
    mkdir -p "$DIR"
    running || start_dockerd
    jdk_image
    jre_image
    postgres_image
    cat << HINT
# A Docker API is up. Export these, and run the tests inside its network, from which nothing else can be reached (hence -o):
export DOCKER_HOST=unix://$SOCKET
export TESTCONTAINERS_RYUK_DISABLED=true
export TESTCONTAINERS_HOST_OVERRIDE=127.0.0.1
export DOCKER_BUILDKIT=0
# nsenter --net=/run/netns/$NAMESPACE ./mvnw -o verify
HINT
}

stop() {
    if running; then
        pid=$(cat "$PIDFILE")
        kill "$pid"
        while [ -d "/proc/$pid" ]; do
            sleep 0.2
        done
    fi
    ! ip netns list | grep -q "^$NAMESPACE\b" || ip netns delete "$NAMESPACE"
}

[ "$(id -u)" = 0 ] || die "it must run as root"
case "${1:-}" in
    start) start ;;
    stop) stop ;;
    *) die "expected start or stop, got '${1:-}'" ;;
esac
