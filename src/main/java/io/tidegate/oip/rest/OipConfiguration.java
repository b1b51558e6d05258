package io.tidegate.oip.rest;

import java.util.List;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

@Configuration(proxyBeanMethods = false)
class OipConfiguration implements WebMvcConfigurer {

    /** Before the framework's own, and where filters find it too: a bean would be asked by the dispatcher alone. */
    @Override
    public void extendHandlerExceptionResolvers(List<HandlerExceptionResolver> resolvers) {
        resolvers.addFirst(new OipErrors());
    }
}
