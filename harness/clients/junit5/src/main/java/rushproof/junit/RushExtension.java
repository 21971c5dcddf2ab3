package rushproof.junit;

import java.lang.reflect.Method;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.junit.platform.commons.support.AnnotationSupport;

/** The invocations of a {@link Rush}: the run itself, and then, as nobody knows them before, one a check. */
final class RushExtension implements TestTemplateInvocationContextProvider, ExecutionCondition {
    @Override
    public boolean supportsTestTemplate(ExtensionContext context) {
        return AnnotationSupport.isAnnotated(context.getTestMethod(), Rush.class);
    }

    /** Without the program nothing of the test begins. */
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return Program.lacks().filter(why -> !Program.isRequired())
                .map(ConditionEvaluationResult::disabled)
                .orElseGet(() -> ConditionEvaluationResult.enabled(null));
    }

    /** JUnit asks for an invocation when the one before has ended: the checks are known by then. */
    @Override
    public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(ExtensionContext context) {
        Program.orSkip();
        Rush rush = AnnotationSupport.findAnnotation(context.getTestMethod(), Rush.class).orElseThrow();
        RushScenario scenario = new RushScenario(rush.limit(), rush.requests())
                .named(context.getRequiredTestClass().getSimpleName() + "." + context.getRequiredTestMethod().getName());
        return Stream.concat(
                Stream.of(new Invocation("the run", scenario, new Run(scenario))),
                Stream.of(scenario)
                        .flatMap(fired -> fired.result().stream())
                        .flatMap(result -> result.checks().stream())
                        .map(check -> new Invocation(check.displayName(), scenario, new Verdict(check))));
    }

    private record Invocation(String name, RushScenario scenario, Extension extension)
            implements TestTemplateInvocationContext {
        @Override
        public String getDisplayName(int index) {
            return name;
        }

        @Override
        public List<Extension> getAdditionalExtensions() {
            return List.of(new Parameter(scenario), extension);
        }
    }

    private record Parameter(RushScenario scenario) implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == RushScenario.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return scenario;
        }
    }

    /** The method describes the rush; what it has not fired itself is fired behind it. */
    private record Run(RushScenario scenario) implements InvocationInterceptor {
        @Override
        public void interceptTestTemplateMethod(Invocation<Void> invocation,
                ReflectiveInvocationContext<Method> method, ExtensionContext context) throws Throwable {
            invocation.proceed();
            RushResult result = scenario.fire();
            context.publishReportEntry("rushproof", result.report());
            result.assertPassed();
        }
    }

    /** One check: nothing is run again. */
    private record Verdict(RushCheck check) implements InvocationInterceptor {
        @Override
        public void interceptBeforeEachMethod(Invocation<Void> invocation,
                ReflectiveInvocationContext<Method> method, ExtensionContext context) {
            invocation.skip();
        }

        @Override
        public void interceptAfterEachMethod(Invocation<Void> invocation,
                ReflectiveInvocationContext<Method> method, ExtensionContext context) {
            invocation.skip();
        }

        @Override
        public void interceptTestTemplateMethod(Invocation<Void> invocation,
                ReflectiveInvocationContext<Method> method, ExtensionContext context) {
            invocation.skip();
            check.assertPassed();
        }
    }
}
