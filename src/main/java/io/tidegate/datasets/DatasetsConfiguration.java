package io.tidegate.datasets;

import io.tidegate.platform.TidegateProperties;
import java.time.Clock;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class DatasetsConfiguration {

    @Bean
    Datasets datasets(TidegateProperties properties, ObjectProvider<DatasetUse> uses) {
        return new Datasets(
                properties.dataDir(), properties.limits().maxDataset().toBytes(), Clock.systemUTC(), uses::stream);
    }
}
