# Tidegate's image. With network:            docker build -t tidegate .
# From a jar that ./mvnw package left:       docker build -t tidegate --build-arg JAR_FROM=prebuilt .
# How to run it, and what was tried: docs/operations/container.md. Probes are the chart's business, so no HEALTHCHECK.
#
# A base needs Java 25, glibc, libstdc++ and zlib; the build of the image fails where a library is missing.
ARG BUILD_IMAGE=eclipse-temurin:25-jdk
ARG BASE_IMAGE=eclipse-temurin:25-jre

FROM ${BUILD_IMAGE} AS build
# One stage with a switch, not two stages to choose from: the classic builder runs every stage, the unused one too.
ARG JAR_FROM=build
WORKDIR /build
# The bracket makes the jar optional: a pattern may match nothing, a plain name may not.
COPY mvnw pom.xml tidegate.jvm target/tidegate.ja[r] ./
COPY .mvn .mvn/
COPY src src/
RUN case "$JAR_FROM" in \
      build) ./mvnw -B -ntp -Dmaven.test.skip=true -Dspotless.check.skip=true package && mv target/tidegate.jar . ;; \
      prebuilt) [ -f tidegate.jar ] || { echo "JAR_FROM=prebuilt needs target/tidegate.jar: run ./mvnw package first" >&2; exit 1; } ;; \
      *) echo "JAR_FROM is '$JAR_FROM'; it must be build or prebuilt" >&2; exit 1 ;; \
    esac

FROM build AS layers
RUN java -Djarmode=tools -jar tidegate.jar extract --layers --destination extracted
# JavaCPP unpacks ND4J's native libraries into a writable, executable directory at every start. Unpacked here they need neither
# room nor execute permission in /tmp, nor the time. The link is the second name under which it looks for OpenBLAS.
RUN mkdir native unpacked && cd unpacked \
    && for jar in javacpp openblas nd4j-native; do jar xf ../extracted/dependencies/lib/$jar-[0-9]*-linux-*.jar || exit 1; done \
    && find . -type f -name 'lib*.so*' -exec mv {} ../native/ \; \
    && ln -s libopenblas.so.0 ../native/libopenblas_nolapack.so.0

FROM ${BASE_IMAGE}
RUN groupadd --gid 10001 tidegate \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin tidegate \
    && install -d -o 10001 -g 10001 -m 0750 /data
WORKDIR /app
COPY --from=layers /build/native/ native/
RUN LD_LIBRARY_PATH=native ldd native/lib*.so* > /tmp/ldd || exit 1; \
    if grep 'not found' /tmp/ldd; then echo "The base image lacks these libraries, which ND4J needs" >&2; exit 1; fi; \
    rm /tmp/ldd
# From what changes least to what changes with every commit.
COPY --from=layers /build/extracted/dependencies/ ./
COPY --from=layers /build/extracted/spring-boot-loader/ ./
COPY --from=layers /build/extracted/snapshot-dependencies/ ./
COPY tidegate.jvm ./
COPY --from=layers /build/extracted/application/ ./

# Until keys exist the service has no authentication and refuses to listen beyond loopback unless told to. In a container it
# has to: whoever can reach the published port can do everything, so publish it to a private network only.
ENV SERVER_ADDRESS=0.0.0.0 \
    TIDEGATE_SECURITY_ALLOW_OPEN_NETWORK=true \
    TIDEGATE_DATA_DIR=/data
# Half of the container's memory for the Java heap; the rest is for the engines' arrays outside it, and for the JVM itself. An ENV, as
# flags in the entry point would override the user's.
ENV JDK_JAVA_OPTIONS="-XX:MaxRAMPercentage=50"
# The classes as the JVM wants them in memory, from a start that ends where it would listen. They fit only this JVM and the jars above,
# so the cache is made here and last; where it doesn't fit, the JVM says so and starts without it. With this collector and less
# heap than 32 GB the JVM stores objects, too; what runs later may have others.
RUN java @/app/tidegate.jvm -XX:AOTCacheOutput=/app/tidegate.aot -XX:+UseG1GC -Xmx1g -Djava.library.path=/app/native \
        -Dorg.bytedeco.javacpp.pathsFirst=true -Dorg.bytedeco.javacpp.cachedir=/tmp/javacpp -Dspring.context.exit=onRefresh \
        -jar /app/tidegate.jar --tidegate.data-dir=/tmp/training \
    && [ -r /app/tidegate.aot ] && rm -rf /tmp/*
USER 10001:10001
VOLUME /data
# HTTP and gRPC.
EXPOSE 8080 9090
# The root file system may be read-only; only /data and /tmp are written.
ENTRYPOINT ["java", "@/app/tidegate.jvm", "-XX:AOTCache=/app/tidegate.aot", "-Djava.library.path=/app/native", "-Dorg.bytedeco.javacpp.pathsFirst=true", \
            "-Dorg.bytedeco.javacpp.cachedir=/tmp/javacpp", "-jar", "/app/tidegate.jar"]
