package clients;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.Arrays;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs classes with JUnit and prints a line an outcome: status, names from the class down, exception, message. */
public final class Launch implements TestExecutionListener {
    private TestPlan plan;

    private Launch() {
    }

    public static void main(String[] classes) {
        var request = LauncherDiscoveryRequestBuilder.request()
                .selectors(Arrays.stream(classes).map(name -> selectClass(name)).toList())
                .build();
        LauncherFactory.create().execute(request, new Launch());
        System.exit(0);
    }

    @Override
    public void testPlanExecutionStarted(TestPlan started) {
        plan = started;
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        print("SKIPPED", test, "", reason);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        Throwable thrown = result.getThrowable().orElse(null);
        if (test.isTest() || thrown != null) {
            print(result.getStatus().toString(), test, thrown == null ? "" : thrown.getClass().getSimpleName(),
                    thrown == null ? "" : String.valueOf(thrown.getMessage()));
        }
    }

    private void print(String status, TestIdentifier test, String thrown, String message) {
        System.out.println(String.join("\t", "outcome", status, path(test), thrown, message.replace("\n", "\\n")));
    }

    private String path(TestIdentifier test) {
        String above = plan.getParent(test).map(this::path).orElse("");
        return above.isEmpty() && plan.getParent(test).isEmpty() ? ""
                : (above.isEmpty() ? "" : above + " > ") + test.getDisplayName();
    }
}
