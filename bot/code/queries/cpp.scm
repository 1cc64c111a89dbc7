(class_specifier name: [(type_identifier) (qualified_identifier)] @name body: (_)) @class
(alias_declaration name: (type_identifier) @name) @type
(concept_definition name: (identifier) @name) @type
(function_definition declarator: [
  (function_declarator declarator: [(field_identifier) (qualified_identifier)
    (destructor_name) (operator_name)] @name)
  (reference_declarator (function_declarator
    declarator: [(identifier) (field_identifier) (qualified_identifier) (operator_name)] @name))
  (pointer_declarator declarator: (function_declarator
    declarator: [(field_identifier) (qualified_identifier)] @name))]) @function
(field_declaration declarator: [
  (function_declarator declarator: (field_identifier) @name)
  (pointer_declarator declarator: (function_declarator declarator: (field_identifier) @name))
  (reference_declarator (function_declarator declarator: (field_identifier) @name))]) @method
(field_declaration_list (declaration declarator:
  (function_declarator declarator: [(identifier) (destructor_name)] @name)) @method)
(declaration_list (declaration declarator:
  (function_declarator declarator: (identifier) @name)) @function)
(template_declaration [
  (class_specifier name: (_) @name)
  (struct_specifier name: (_) @name)
  (function_definition declarator: (function_declarator declarator: (_) @name))]) @whole

(call_expression function: [(qualified_identifier name: (identifier) @ref)
  (template_function name: (identifier) @ref)])
(base_class_clause [(type_identifier) @ref (qualified_identifier name: (type_identifier) @ref)
  (template_type name: (type_identifier) @ref)])
(new_expression type: (type_identifier) @ref)
(template_type name: (type_identifier) @ref)
(type_descriptor type: (type_identifier) @ref)
(qualified_identifier scope: (namespace_identifier) @ref)
