package io.tidegate.engine.fused;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Asks the compiler, from within and so without a launcher flag, to compile each kernel alone. Inlined into their callers, kernels
 * outgrow what the compiler keeps in registers.
 */
final class Jit {

    private static final List<Class<?>> KERNELS = List.of(
            Products.class,
            StripProducts.class,
            WideProducts.class,
            HalfProducts.class,
            ForwardGates.class,
            BackwardGates.class);

    private Jit() {}

    /**
     * Once a process.
     *
     * @return what came of it, in words; where it isn't allowed the kernels still work, if slower
     */
    static String protectKernels() {
        return Once.OUTCOME;
    }

    private static final class Once {
        static final String OUTCOME = install();
    }

    private static String install() {
        try {
            Path file = Files.createTempFile("tidegate-directives", ".json");
            try {
                Files.writeString(file, directives());
                ManagementFactory.getPlatformMBeanServer()
                        .invoke(
                                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                                "compilerDirectivesAdd",
                                new Object[] {new String[] {file.toString()}},
                                new String[] {String[].class.getName()});
            } finally {
                Files.deleteIfExists(file);
            }
            return "kernels compiled alone";
        } catch (IOException | JMException | RuntimeException e) {
            return "kernels not protected from inlining, which may make them slow: " + e;
        }
    }

    private static String directives() {
        String inline = KERNELS.stream()
                .map(kernels -> "\"-" + kernels.getName().replace('.', '/') + ".*\"")
                .collect(Collectors.joining(", "));
        return "[{ match: \"*.*\", inline: [" + inline + "] }]";
    }
}
