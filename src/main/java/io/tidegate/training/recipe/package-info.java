/** What can be trained by request: recipes, their parameters, and the plan that one request makes of them. */
@NullMarked
package io.tidegate.training.recipe;

import org.jspecify.annotations.NullMarked;
