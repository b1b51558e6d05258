package io.tidegate.training.experiments;

import java.time.Instant;

/** @param position order of arrival */
public record Experiment(String id, long position, ExperimentRequest request, Instant createdAt) {}
