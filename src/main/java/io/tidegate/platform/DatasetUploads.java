package io.tidegate.platform;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Objects;
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

    /** Whether a request uploads a dataset. */
    static boolean isOne(HttpServletRequest request) {
        String path = request.getServletPath() + Objects.requireNonNullElse(request.getPathInfo(), "");
        return request.getMethod().equals("POST") && path.equals(PATH);
    }

    @Bean
    MultipartResolver multipartResolver() {
        return new StandardServletMultipartResolver() {
            @Override
            public boolean isMultipart(HttpServletRequest request) {
                return !isOne(request) && super.isMultipart(request);
            }
        };
    }
}
