package io.tidegate.inference;

import io.tidegate.checkpoint.ModelDescriptor;
import io.tidegate.checkpoint.Task;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.States;
import io.tidegate.core.train.Seeds;
import io.tidegate.platform.TidegateProperties.Limits;
import io.tidegate.registry.Lease;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Writes on from a prompt, a character at a time; the same seed gives the same text. */
public final class Generator {

    /**
     * @param temperature below 1 prefers likely characters, above 1 evens them out; 0 always takes the likeliest
     * @param topK draws from the so many likeliest characters only; 0 from all
     */
    public record Options(int maxTokens, double temperature, int topK, long seed) {}

    private final Runner runner;
    private final Encoder encoder;
    private final Limits limits;

    public Generator(Runner runner, Encoder encoder, Limits limits) {
        this.runner = runner;
        this.encoder = encoder;
        this.limits = limits;
    }

    /** @param onCharacter hears each new character as it is drawn */
    public void generate(Lease lease, String prompt, Options options, Caller caller, Consumer<String> onCharacter) {
        ModelDescriptor descriptor = lease.version().card().descriptor();
        if (descriptor.task() != Task.LANGUAGE_MODEL) {
            throw new InvalidInputException(
                    "",
                    "model '" + lease.version().name() + "' is a " + descriptor.task() + " model: it can't generate");
        }
        require(options);
        Vocabulary vocabulary = new Vocabulary(descriptor);
        Batch batch = encoder.encode(lease.version(), new RequestInput.Texts(List.of(prompt)));
        States states = lease.network().zeroStates(1);
        RandomGenerator random = Seeds.generator(options.seed(), "generate", 0);
        float[] logits =
                runner.run(lease, batch, states, Set.of(Output.LOGITS), caller).logits();
        for (int n = 0; n < options.maxTokens(); n++) {
            requireNumbers(lease, logits);
            int id = draw(logits, options, random);
            onCharacter.accept(vocabulary.character(id));
            if (n + 1 < options.maxTokens()) {
                Batch step = Batch.single(new Batch.Input.Tokens(new int[] {id}));
                logits = runner.run(lease, step, states, Set.of(Output.LOGITS), caller)
                        .logits();
            }
        }
    }

    private void require(Options options) {
        if (options.maxTokens() < 1 || options.maxTokens() > limits.maxGenerated()) {
            throw new InvalidInputException(
                    "/maxTokens",
                    "expected 1 to " + limits.maxGenerated() + " (tidegate.limits.max-generated), got "
                            + options.maxTokens());
        }
        if (!(options.temperature() >= 0 && options.temperature() <= 100)) {
            throw new InvalidInputException("/temperature", "expected 0 to 100, got " + options.temperature());
        }
        if (options.topK() < 0) {
            throw new InvalidInputException("/topK", "expected 0 (all) or more, got " + options.topK());
        }
    }

    private static void requireNumbers(Lease lease, float[] logits) {
        for (float logit : logits) {
            if (!Float.isFinite(logit)) {
                throw new InvalidInputException(
                        "",
                        "expected scores of the next character to draw it by, but those of model '"
                                + lease.version().name() + "' overflow after this text, got " + logit);
            }
        }
    }

    private static int draw(float[] logits, Options options, RandomGenerator random) {
        List<Integer> likeliest = IntStream.range(0, logits.length)
                .boxed()
                .sorted(Comparator.comparingDouble(k -> -logits[k]))
                .limit(options.topK() == 0 ? logits.length : options.topK())
                .toList();
        double best = logits[likeliest.getFirst()];
        if (options.temperature() == 0) {
            return likeliest.getFirst();
        }
        double[] weight = likeliest.stream()
                .mapToDouble(k -> Math.exp((logits[k] - best) / options.temperature()))
                .toArray();
        double left = random.nextDouble()
                * IntStream.range(0, weight.length).mapToDouble(k -> weight[k]).sum();
        for (int k = 0; k < weight.length; k++) {
            left -= weight[k];
            if (left < 0) {
                return likeliest.get(k);
            }
        }
        return likeliest.getLast();
    }
}
