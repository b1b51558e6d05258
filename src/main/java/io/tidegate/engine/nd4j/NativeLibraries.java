package io.tidegate.engine.nd4j;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.Properties;
import org.nd4j.linalg.factory.Nd4j;

/** What the native code that ND4J has loaded says of itself. */
final class NativeLibraries {

    private static final String VERSION = "/META-INF/maven/org.nd4j/nd4j-api/pom.properties";

    private NativeLibraries() {}

    static String nd4jVersion() {
        Properties properties = new Properties();
        try (InputStream file = Nd4j.class.getResourceAsStream(VERSION)) {
            if (file != null) {
                properties.load(file);
            }
        } catch (IOException e) {
            throw new IllegalStateException("ND4J's version can't be read: " + e.getMessage(), e);
        }
        return properties.getProperty("version", "unknown");
    }

    /** The BLAS vendor with the processor whose kernels it chose at its start, which decide a product's order of summation. */
    static String kernels(String vendor) {
        Optional<MemorySegment> coreName = SymbolLookup.loaderLookup().find("openblas_get_corename");
        return coreName.map(function -> "OpenBLAS-" + text(function)).orElse(vendor);
    }

    @SuppressWarnings("restricted") // a C function without arguments, whose text is static
    private static String text(MemorySegment function) {
        FunctionDescriptor returnsText = FunctionDescriptor.of(ValueLayout.ADDRESS);
        try {
            MemorySegment text = (MemorySegment)
                    Linker.nativeLinker().downcallHandle(function, returnsText).invokeExact();
            return text.reinterpret(64).getString(0);
        } catch (Throwable e) {
            throw new IllegalStateException("OpenBLAS does not say which kernels it uses: " + e.getMessage(), e);
        }
    }
}
