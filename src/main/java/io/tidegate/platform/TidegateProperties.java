package io.tidegate.platform;

import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The service's own settings.
 *
 * @param dataDir everything that must last: models, datasets
 * @param engine {@code auto}, {@code nd4j} or {@code reference}; a named one that can't run stops the start
 */
@ConfigurationProperties("tidegate")
public record TidegateProperties(
        @DefaultValue("./data") Path dataDir,
        @DefaultValue("auto") String engine,
        @DefaultValue Limits limits,
        @DefaultValue Security security) {

    /**
     * What one request may ask for.
     *
     * @param maxBody largest request body
     * @param maxDataset largest upload of a dataset, which {@code maxBody} doesn't bound, and each of its parts inflated
     * @param maxSteps longest sequence, in steps
     * @param maxBatch most sequences in a request
     * @param maxGenerated most characters that one call generates
     * @param maxWorkingSet most memory that one request's results and layer outputs may take
     */
    public record Limits(
            @DefaultValue("64MB") DataSize maxBody,
            @DefaultValue("10GB") DataSize maxDataset,
            @DefaultValue("1000000") int maxSteps,
            @DefaultValue("1024") int maxBatch,
            @DefaultValue("10000") int maxGenerated,
            @DefaultValue("512MB") DataSize maxWorkingSet) {}

    /**
     * Who may call.
     *
     * @param mode {@code open}: anyone who can reach the port
     * @param allowOpenNetwork lets open mode listen beyond loopback, as in a container on a private network
     */
    public record Security(
            @DefaultValue("open") Mode mode,
            @DefaultValue("false") boolean allowOpenNetwork) {

        public enum Mode {
            OPEN
        }
    }
}
