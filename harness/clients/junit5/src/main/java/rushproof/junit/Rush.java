package rushproof.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * A test whose method describes a rush and whose results are the checks: the method runs once, then rushproof
 * fires, and each check is an invocation of its own, named after it.
 *
 * <pre>{@code
 * @Rush(limit = 100, requests = 1000)
 * void a_hundred_coupons(RushScenario rush) {
 *     rush.post("http://localhost:" + port + "/coupons", "{\"userId\": {{user}}}")
 *         .accepted("status=201").rejected("status=409")
 *         .evidence(() -> repository.findAll());
 * }
 * }</pre>
 *
 * It may stand on an annotation of your own. The invocations follow each other in one thread, whatever the project
 * runs at the same time otherwise.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@TestTemplate
@ExtendWith(RushExtension.class)
@Execution(ExecutionMode.SAME_THREAD)
public @interface Rush {
    /** How many may win; 0: what the scenario file says, or else 100. */
    int limit() default 0;

    /** How many ask, all at once; 0: what the scenario file says, or else 1000. */
    int requests() default 0;
}
