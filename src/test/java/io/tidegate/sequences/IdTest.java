package io.tidegate.sequences;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdTest {

    @ParameterizedTest
    @ValueSource(strings = {"7", "bed-7", "é", "ÿ", "Ā", "床七", "\ud83d\ude00", "\ud800", "\udc00a", "\0", "?"})
    void anyIdIsReadAsItWasWritten(String id) {
        assertThat(Id.text(Id.bytes(id))).isEqualTo(id);
        String longest = id.repeat(256 / id.length());
        assertThat(Id.text(Id.bytes(longest))).isEqualTo(longest);
    }

    @Test
    void idsThatUtf8WouldMixUpStayApart() {
        assertThat(Id.of(0, "\ud800", 5)).isNotEqualTo(Id.of(0, "?", 5)).isNotEqualTo(Id.of(0, "\udc00", 5));
        assertThat(Id.of(0, "7", 5)).isEqualTo(Id.of(0, "7", 5)).isNotEqualTo(Id.of(1, "7", 5));
    }

    @Test
    void hashesDependOnTheSecret() {
        assertThat(Id.of(0, "7", 5).hash()).isNotEqualTo(Id.of(0, "7", 6).hash());
    }
}
