package io.tidegate;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the service. */
@SpringBootApplication
public class Tidegate {
    public static void main(String[] args) {
        SpringApplication.run(Tidegate.class, args);
    }
}
