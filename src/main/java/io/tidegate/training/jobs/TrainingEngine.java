package io.tidegate.training.jobs;

import io.tidegate.core.engine.Engine;

/**
 * The engine that jobs are trained on.
 *
 * @param threads that it computes with
 * @param fingerprint of all that its bits depend on: what differs in it may give other bits
 */
public record TrainingEngine(Engine engine, int threads, String fingerprint) {}
