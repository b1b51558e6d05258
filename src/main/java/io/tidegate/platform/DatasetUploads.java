package io.tidegate.platform;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Objects;
import java.util.regex.Pattern;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.multipart.MultipartResolver;
import org.springframework.web.multipart.support.StandardServletMultipartResolver;

/**
 * Uploads of datasets, which may be larger than memory and than the system's folder for temporary files: the container must not
 * gather their parts there. Whoever handles them reads the parts as they come.
 */
@Configuration(proxyBeanMethods = false)
public class DatasetUploads {

    public static final String PATH = "/api/v1/datasets";

    /** Where models come, whose parts the container gathers. Every other body is what its path says, whatever type it claims. */
    private static final Pattern MODELS = Pattern.compile("/api/v1/models/[^/]+/versions");

    /** Whether a request uploads a dataset. */
    static boolean isOne(HttpServletRequest request) {
        return request.getMethod().equals("POST") && path(request).equals(PATH);
    }

    private static String path(HttpServletRequest request) {
        return request.getServletPath() + Objects.requireNonNullElse(request.getPathInfo(), "");
    }

    @Bean
    MultipartResolver multipartResolver() {
        return new StandardServletMultipartResolver() {
            @Override
            public boolean isMultipart(HttpServletRequest request) {
                return request.getMethod().equals("POST")
                        && MODELS.matcher(path(request)).matches()
                        && super.isMultipart(request);
            }
        };
    }
}
