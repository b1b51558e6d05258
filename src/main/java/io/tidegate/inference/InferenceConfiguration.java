package io.tidegate.inference;

import io.micrometer.core.instrument.MeterRegistry;
import io.tidegate.platform.TidegateProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class InferenceConfiguration {

    @Bean
    Encoder encoder(TidegateProperties properties) {
        return new Encoder(properties.limits());
    }

    @Bean
    Runner modelRunner(TidegateProperties properties, MeterRegistry meters) {
        return new Runner(properties.limits(), properties.batching(), meters);
    }

    @Bean
    Predictor predictor(Runner runner, Encoder encoder) {
        return new Predictor(runner, encoder);
    }

    @Bean
    LanguageScorer languageScorer(Runner runner) {
        return new LanguageScorer(runner);
    }

    @Bean
    Generator generator(Runner runner, Encoder encoder, TidegateProperties properties) {
        return new Generator(runner, encoder, properties.limits());
    }

    @Bean
    Captioner captioner(Runner runner, TidegateProperties properties) {
        return new Captioner(runner, properties.limits());
    }

    @Bean
    Inspector inspector(Runner runner, Encoder encoder) {
        return new Inspector(runner, encoder);
    }
}
