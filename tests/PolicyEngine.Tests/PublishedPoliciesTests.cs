using Integritet.Platform.PolicyEngine;

namespace Integritet.PolicyEngine.Tests;

/// <summary>The five policies as they are shipped.</summary>
public sealed class PublishedPoliciesTests
{
    public static TheoryData<string> Controllers => new(Policies.Controllers);

    [Theory, MemberData(nameof(Controllers))]
    public void A_shipped_policy_parses_without_a_problem(string controller) => Assert.NotNull(Policies.Document(controller));

    [Theory, MemberData(nameof(Controllers))]
    public void Every_example_of_a_shipped_policy_gets_the_answer_it_expects(string controller) =>
        Assert.Empty(PolicyExamples.Run(Policies.Compiled(controller)).Select(problem => problem.ToString()));

    [Theory, MemberData(nameof(Controllers))]
    public void A_shipped_policy_is_its_file_names_controllers(string controller) => Assert.Equal(controller, Policies.Document(controller).Controller.Id);
}
