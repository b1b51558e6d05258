package io.tidegate.platform;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * Refuses bodies over {@code tidegate.limits.max-body}, or over {@code max-dataset} where a dataset is uploaded: by their declared
 * length at once, else where the limit is passed.
 */
@Component
final class BodyLimitFilter extends OncePerRequestFilter {

    private record Limit(DataSize size, String property) {
        BodyTooLargeException passed() {
            return new BodyTooLargeException(size, property);
        }
    }

    private final Limit body;
    private final Limit dataset;
    private final HandlerExceptionResolver resolver;

    BodyLimitFilter(
            TidegateProperties properties, @Qualifier("handlerExceptionResolver") HandlerExceptionResolver resolver) {
        this.body = new Limit(properties.limits().maxBody(), "tidegate.limits.max-body");
        this.dataset = new Limit(properties.limits().maxDataset(), "tidegate.limits.max-dataset");
        this.resolver = resolver;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Limit limit = DatasetUploads.isOne(request) ? dataset : body;
        if (request.getContentLengthLong() > limit.size().toBytes()) {
            resolver.resolveException(request, response, null, limit.passed());
            return;
        }
        chain.doFilter(new Limited(request, limit), response);
    }

    private static final class Limited extends HttpServletRequestWrapper {

        private final Limit limit;

        Limited(HttpServletRequest request, Limit limit) {
            super(request);
            this.limit = limit;
        }

        @Override
        public ServletInputStream getInputStream() throws IOException {
            return new Counting(super.getInputStream(), limit);
        }
    }

    private static final class Counting extends ServletInputStream {

        private final ServletInputStream in;
        private final Limit limit;
        private long read;

        Counting(ServletInputStream in, Limit limit) {
            this.in = in;
            this.limit = limit;
        }

        @Override
        public int read() throws IOException {
            int next = in.read();
            count(next < 0 ? 0 : 1);
            return next;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = in.read(bytes, offset, length);
            count(Math.max(0, count));
            return count;
        }

        private void count(int bytes) {
            read += bytes;
            if (read > limit.size().toBytes()) {
                throw limit.passed();
            }
        }

        @Override
        public boolean isFinished() {
            return in.isFinished();
        }

        @Override
        public boolean isReady() {
            return in.isReady();
        }

        @Override
        public void setReadListener(ReadListener listener) {
            in.setReadListener(listener);
        }
    }
}
