package io.tidegate.oip.rest;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.error.ErrorAttributeOptions;
import org.springframework.boot.webmvc.error.DefaultErrorAttributes;
import org.springframework.boot.webmvc.error.ErrorAttributes;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

@Configuration(proxyBeanMethods = false)
class OipConfiguration implements WebMvcConfigurer {

    /** Before the framework's own, and where filters find it too: a bean would be asked by the dispatcher alone. */
    @Override
    public void extendHandlerExceptionResolvers(List<HandlerExceptionResolver> resolvers) {
        resolvers.addFirst(new OipErrors());
    }

    /** The container's own refusals, such as of a TRACE, come to no resolver. */
    @Bean
    ErrorAttributes errorAttributes() {
        return new DefaultErrorAttributes() {
            @Override
            public Map<String, @Nullable Object> getErrorAttributes(WebRequest request, ErrorAttributeOptions options) {
                Map<String, @Nullable Object> all = super.getErrorAttributes(request, options);
                boolean ours = OipErrors.isOurs(Objects.toString(all.get("path"), ""));
                return ours ? Map.of("error", Objects.toString(all.get("error"), "unknown")) : all;
            }
        };
    }
}
