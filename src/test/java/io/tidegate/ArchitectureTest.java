package io.tidegate;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The rooms of docs/architecture.md and the direction of their dependencies. */
class ArchitectureTest {

    private static final JavaClasses TIDEGATE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.tidegate");

    @Test
    void roomsDependOnlyOnRoomsBelowThem() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("transports")
                .definedBy("io.tidegate.api..", "io.tidegate.oip..")
                .layer("services")
                .definedBy(
                        "io.tidegate.inference..",
                        "io.tidegate.sequences..",
                        "io.tidegate.training..",
                        "io.tidegate.registry..",
                        "io.tidegate.datasets..")
                .layer("platform")
                .definedBy("io.tidegate.platform..")
                .layer("engines and checkpoints")
                .definedBy("io.tidegate.checkpoint..", "io.tidegate.engine..")
                .layer("core")
                .definedBy("io.tidegate.core..")
                .whereLayer("transports")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("services")
                .mayOnlyBeAccessedByLayers("transports")
                .whereLayer("platform")
                .mayOnlyBeAccessedByLayers("transports", "services")
                .whereLayer("engines and checkpoints")
                .mayOnlyBeAccessedByLayers("transports", "services")
                .because(
                        "dependencies point from transports to services to checkpoints and engines to core, never back;"
                                + " move what both sides need downwards, or pass it in")
                .check(TIDEGATE);
    }

    @Test
    void theTwoTransportsDoNotKnowEachOther() {
        noClasses()
                .that()
                .resideInAPackage("io.tidegate.api..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.tidegate.oip..")
                .because("what both need belongs to inference, registry or platform")
                .check(TIDEGATE);
        noClasses()
                .that()
                .resideInAPackage("io.tidegate.oip..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.tidegate.api..")
                .because("what both need belongs to inference, registry or platform")
                .check(TIDEGATE);
    }

    @Test
    void theRegistryDoesNotKnowWhoServesItsModels() {
        noClasses()
                .that()
                .resideInAPackage("io.tidegate.registry..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.tidegate.inference..", "io.tidegate.training..")
                .because("inference and training ask the registry, not the other way round")
                .check(TIDEGATE);
    }

    @Test
    void theCoreStandsOnJavaBaseAlone() {
        classes()
                .that()
                .resideInAPackage("io.tidegate.core..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.tidegate.core..",
                        "java.lang..",
                        "java.util..",
                        "java.nio..",
                        "java.time..",
                        "java.io..",
                        "org.jspecify.annotations..")
                .because("the numerics must be readable and usable without Spring, ND4J or JSON;"
                        + " put adapters into engine.*, checkpoint or inference")
                .check(TIDEGATE);
    }

    @Test
    void onlyTheNd4jEngineImportsNd4j() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.tidegate.engine.nd4j..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.nd4j..", "org.bytedeco..")
                .because("engines are chosen behind core.engine.Engine; ask for one there")
                .check(TIDEGATE);
    }

    @Test
    void onlyTheFusedEngineImportsTheVectorApi() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.tidegate.engine.fused..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jdk.incubator.vector..")
                .because("the module is an incubating one, and only this engine may be missing without it")
                .check(TIDEGATE);
    }

    @Test
    void checkpointsDoNotNeedSpring() {
        noClasses()
                .that()
                .resideInAnyPackage("io.tidegate.checkpoint..", "io.tidegate.engine..", "io.tidegate.core..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.springframework..")
                .because("the framework stays at the edge; wire it in a @Configuration of the room that uses it")
                .check(TIDEGATE);
    }
}
