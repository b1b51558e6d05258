#!/bin/sh
# A folder with the service and an AOT cache of JDK 25, from which it starts in about two thirds of the time: docs/operations/container.md.
#
#   scripts/aot-cache.sh [JAR [FOLDER]]      makes target/aot of target/tidegate.jar by default, and prints the command that starts it
#
# The cache fits only the JVM that made it and the folder's jars as they lie there. Where it doesn't fit, the JVM starts without it.
set -eu

cd "$(dirname "$0")/.."
JAR=${1:-target/tidegate.jar}
FOLDER=${2:-target/aot}

die() {
    echo "aot-cache: $1" >&2
    exit 1
}

java_release() {
    "$1" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1
}

# JAVA_HOME's, the PATH's, or the newest that is installed, as mvnw does.
find_java() {
    if [ -n "${JAVA_HOME-}" ]; then
        java=$JAVA_HOME/bin/java
    elif command -v java > /dev/null && [ "$(java_release java)" -ge 25 ]; then
        java=java
    else
        java=
        for jdk in /usr/lib/jvm/* /opt/java/* "$HOME"/.sdkman/candidates/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
            if [ -x "$jdk/bin/java" ] && [ "$(java_release "$jdk/bin/java")" -ge 25 ]; then java=$jdk/bin/java; fi
        done
    fi
    [ -n "$java" ] && [ "$(java_release "$java")" -ge 25 ] || die "expected a JDK 25 or newer in JAVA_HOME, on the PATH or in the usual folders; install one, or set JAVA_HOME"
}

find_java
[ -f "$JAR" ] || die "$JAR is not there; run ./mvnw package first"
[ ! -e "$FOLDER" ] || [ -f "$FOLDER/tidegate.jvm" ] || die "$FOLDER exists and wasn't made by this script; name another folder or remove it"
rm -rf "$FOLDER"
"$java" -Djarmode=tools -jar "$JAR" extract --destination "$FOLDER" --application-filename tidegate.jar > /dev/null
cp tidegate.jvm "$FOLDER/"

# The training run starts the service up to the point where it would listen. The heap's size and collector are those that let the JVM
# store objects, too; what runs with the cache may have others.
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT
"$java" "@$FOLDER/tidegate.jvm" "-XX:AOTCacheOutput=$FOLDER/tidegate.aot" -XX:+UseG1GC -Xmx1g -Dspring.context.exit=onRefresh \
    -jar "$FOLDER/tidegate.jar" "--tidegate.data-dir=$SCRATCH/data" > "$SCRATCH/log" 2>&1 || {
    cat "$SCRATCH/log" >&2
    die "the training run failed"
}
[ -f "$FOLDER/tidegate.aot" ] || { cat "$SCRATCH/log" >&2; die "the training run left no cache"; }

echo "$java @$FOLDER/tidegate.jvm -XX:AOTCache=$FOLDER/tidegate.aot -jar $FOLDER/tidegate.jar"
