/** Models, their numbered versions and aliases: publish, load, unload, swap while serving. */
@NullMarked
package io.tidegate.registry;

import org.jspecify.annotations.NullMarked;
