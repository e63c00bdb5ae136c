export default {
  identity: {
    input: "./openapi.json",
    output: {
      target: "./generated.ts",
      client: "fetch",
      // Without it the version that a change is made of is not asked for.
      headers: true,
      baseUrl: { getBaseUrlFromSpecification: true }
    }
  }
}
